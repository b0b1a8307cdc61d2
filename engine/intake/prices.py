"""What products cost day by day, as the shop told it: the ground of every claim that a price is low."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from peewee import EXCLUDED, Case

from engine import bulk, calendar
from engine.intake.accepting import Intake
from models import PriceDay, Product

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Price:
    """What a product cost before a moment and what it costs since; None: nothing that anybody said."""

    product: str
    at: int
    before: int | None
    after: int | None


def write_price_days(intake: Intake, told: Sequence[Price]) -> None:
    """Keeps for each product and day of the shop's the lowest price of that day and the one it ended with."""
    columns, names = ("external_id", "id"), {price.product for price in told}
    rows = bulk.fetch(intake.store, Product, columns, "external_id", names, intake.shop_id)
    ids: dict[str, Any] = dict(rows)
    days: dict[tuple[int, str], tuple[int | None, int | None]] = {}
    for price in told:
        day = f"{calendar.local(price.at, intake.shop.timezone):%Y-%m-%d}"
        lowest, _ = days.get((ids[price.product], day), (None, None))
        known = [minor for minor in (lowest, price.before, price.after) if minor is not None]
        days[ids[price.product], day] = min(known, default=None), price.after
    kept = [(*key, *value) for key, value in sorted(days.items())]
    for start in range(0, len(kept), AT_ONCE):
        _keep(kept[start : start + AT_ONCE])


def _keep(rows: Sequence[tuple[int, str, int | None, int | None]]) -> None:
    lower = PriceDay.lowest_minor.is_null() | (EXCLUDED.lowest_minor < PriceDay.lowest_minor)
    PriceDay.insert_many(
        rows, fields=[PriceDay.product, PriceDay.day, PriceDay.lowest_minor, PriceDay.last_minor]
    ).on_conflict(
        conflict_target=[PriceDay.product, PriceDay.day],
        update={
            PriceDay.lowest_minor: Case(None, [(lower, EXCLUDED.lowest_minor)], PriceDay.lowest_minor),
            PriceDay.last_minor: EXCLUDED.last_minor,
        },
    ).execute()
