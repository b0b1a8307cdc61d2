"""The last forecast of each shop, kept beside its other settings for the console to show."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from engine.rehearsal.forecast.foreseen import Foreseen
from engine.rehearsal.forecast.tables import plain
from models import Setting


def keep(shop_id: int, found: Foreseen, now: int) -> None:
    """Writes a forecast down in the caller's transaction, in the place of the one before."""
    value = plain(found, []) | {"at": now}
    Setting.insert(name=_name(shop_id), value=value).on_conflict(
        conflict_target=[Setting.name], update={Setting.value: value}
    ).execute()


def kept(shop_id: int) -> dict[str, Any] | None:
    """Returns the forecast kept last, as docs/forecast.md describes its JSON, with `at`, when it was made, and `days`."""
    row = Setting.get_or_none(Setting.name == _name(shop_id))
    if row is None:
        return None
    first, last = (date.fromisoformat(row.value[end]) for end in ("from", "to"))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return {**row.value, "days": days}


def by_rule(found: dict[str, Any]) -> dict[str, list[int]]:
    """Returns the mails of each day for each rule that sends any, as a chart takes them."""
    return {
        rule["rule"]: [rule["by_day"].get(str(day), 0) for day in found["days"]]
        for rule in found["rules"]
        if rule["mails"]
    }


def _name(shop_id: int) -> str:
    return f"forecast:{shop_id}"
