"""A price that fell and a product that is back: one fact for each customer who was interested in the product of late."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine import bulk, calendar
from engine.clock import DAY
from engine.intake.accepting import Intake
from models import Customer, Event, Line

INTEREST = ("viewed", "added_to_cart")
INTEREST_DAYS = 30  # of the customer's own calendar
COLUMNS = (
    "shop_id", "customer_id", "external_id", "kind", "at", "recorded_at", "product", "category", "brand", "price_minor",
    "properties",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class News:
    """What became of a product: its price fell by so many per cent, or there is some of it again."""

    kind: str  # price_dropped | back_in_stock
    product_id: int
    product: str
    at: int
    fields: dict[str, Any]
    percent: float | None = None


def news_of(
    product_id: int, product: str, before: dict[str, Any], after: dict[str, Any], at: int
) -> Iterator[News]:
    """Yields what customers may want to hear of a product that was `before` and is `after`.

    A price or stock that nobody has said is no higher price and no empty shelf.
    """
    old, new = before["price_minor"], after["price_minor"]
    if old is not None and new is not None and new < old:
        yield News("price_dropped", product_id, product, at, dict(after), round((old - new) * 100 / old, 2))
    if before["stock"] is not None and before["stock"] <= 0 < (after["stock"] or 0):
        yield News("back_in_stock", product_id, product, at, dict(after))


def tell_the_interested(intake: Intake, news: Sequence[News]) -> None:
    """Writes the news as facts of everybody who viewed, carted or bought the product in the 30 days before it."""
    for one in news:
        tell(intake, one, _interested(intake, one))


def tell(intake: Intake, one: News, customers: Sequence[int]) -> None:
    """Writes one piece of news as a fact of each of these customers; what was told already is not told again."""
    learned = intake.learned(one.at)
    rows = [_row(intake, one, who, learned) for who in customers]
    bulk.insert(intake.store, Event, COLUMNS, rows, ignore=True)
    intake.changes.update((who, one.at) for who in customers)


def _row(intake: Intake, one: News, customer: int, learned: int) -> tuple[Any, ...]:
    """Makes the fact; its id is the product's and the moment's, so that what is sent twice is told once."""
    properties = {} if one.percent is None else {"percent": one.percent}
    fields = one.fields
    return (
        intake.shop_id, customer, f"{one.kind}:{one.product_id}:{one.at}:{customer}", one.kind, one.at, learned,
        one.product, fields["category"], fields["brand"], fields["price_minor"], json.dumps(properties),
    )  # fmt: skip


def _interested(intake: Intake, one: News) -> list[int]:
    """Lists who looked at, carted or bought the product in the 30 days of their own calendar before the moment."""
    since: dict[str, int] = {}
    found: set[int] = set()
    for query in (_looked(intake, one), _bought(intake, one)):
        for customer, zone, at in query.tuples().iterator():
            if zone not in since:
                since[zone] = calendar.shift(one.at, -INTEREST_DAYS, "days", zone)
            if at > since[zone]:
                found.add(customer)
    return sorted(found)


def _looked(intake: Intake, one: News) -> Any:
    kinds = Event.kind.concat("").in_(
        INTEREST
    )  # hidden from the planner, which would else read a month of all visits
    looked = (Event.shop == intake.shop_id) & (Event.product == one.product) & kinds
    return _of_people(Event, one, looked)


def _bought(intake: Intake, one: News) -> Any:
    line = (Line.shop == intake.shop_id) & (Line.product == one.product)
    return _of_people(Line, one, line & (Line.void_at.is_null() | (Line.void_at > one.at)))


def _of_people(table: Any, one: News, which: Any) -> Any:
    """Reads a little more than 30 days; whoever has been erased is left alone."""
    lately = table.at.between(one.at - (INTEREST_DAYS + 2) * DAY, one.at)
    return (
        table.select(table.customer, Customer.zone, table.at)
        .join(Customer, on=(Customer.id == table.customer))
        .where(which & lately & Customer.erased_at.is_null())
    )
