"""A forecast for people (aligned text) and for programs (plain values that JSON can hold)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.rehearsal.backtest.tables import aligned
from engine.rehearsal.forecast.foreseen import Expected, Foreseen


def text_of(found: Foreseen, notes: Sequence[str]) -> str:
    """Writes one shop's forecast."""
    head = f"{found.shop}, {found.days[0]} to {found.days[-1]}, if no customer does anything"
    parts = [head, _rules(found), _days(found), _stopped(found), "\n".join(f"- {note}" for note in notes)]
    return "\n\n".join(part for part in parts if part)


def _rules(found: Foreseen) -> str:
    header = ["rule", "on their way", "mails", "customers", "starved", "refused", "waiting at the end"]
    rows = [
        [one.rule, str(one.queued), str(one.sent), str(one.customers), str(one.starved.total()),
         str(one.refused.total()), str(one.waiting)]
        for one in found.rules.values()
    ]  # fmt: skip
    total = [sum(int(row[column]) for row in rows) for column in (1, 2, 4, 5, 6)]
    all_ = ["all", str(total[0]), str(total[1]), "", *map(str, total[2:])]
    return aligned([header, *rows, all_])


def _days(found: Foreseen) -> str:
    """Shows each day's mails, and after them which rules send most of them."""
    if not any(found.of_day(day) for day in found.days):
        return "nothing is going to be sent on these days"
    lines = aligned(
        [["mails on", "all"], *([day, str(found.of_day(day))] for day in found.days)]
    ).splitlines()
    return "\n".join(
        [lines[0], *(f"{line}  {_of(found, day)}" for line, day in zip(lines[1:], found.days, strict=True))]
    )


def _of(found: Foreseen, day: str) -> str:
    sending = [(one.mails[day], one.rule) for one in found.rules.values() if one.mails[day]]
    return ", ".join(
        f"{rule} {number}" for number, rule in sorted(sending, key=lambda one: (-one[0], one[1]))
    )


def _stopped(found: Foreseen) -> str:
    rows = []
    for one in found.rules.values():
        rows += [[one.rule, "starved by", why, str(number)] for why, number in sorted(one.starved.items())]
        rows += [[one.rule, "refuse", why, str(number)] for why, number in sorted(one.refused.items())]
        rows += [[one.rule, "hold", why, str(number)] for why, number in sorted(one.held.items())]
    return aligned([["rule", "what stops it", "why", "times"], *rows], left=3) if rows else ""


def plain(found: Foreseen, notes: Sequence[str]) -> dict[str, Any]:
    """Returns a forecast as docs/forecast.md describes its JSON."""
    return {
        "shop": found.shop, "from": found.days[0], "to": found.days[-1],
        "mails": sum(one.sent for one in found.rules.values()),
        "on_their_way": sum(one.queued for one in found.rules.values()),
        "by_day": {day: found.of_day(day) for day in found.days}, "silent": found.silent,
        "rules": [_plain_rule(one) for one in found.rules.values()], "notes": list(notes),
    }  # fmt: skip


def _plain_rule(one: Expected) -> dict[str, Any]:
    return {
        "rule": one.rule, "mails": one.sent, "customers": one.customers, "on_their_way": one.queued,
        "by_day": dict(sorted(one.mails.items())), "starved": dict(sorted(one.starved.items())),
        "refused": dict(sorted(one.refused.items())), "held": dict(sorted(one.held.items())), "waiting": one.waiting,
    }  # fmt: skip
