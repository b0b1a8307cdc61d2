"""Anchors by the shop's own names: order numbers, products, events; a handful of queries for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.rehearsal.explaining.model import Named
from models import Event, Line, Message, Order, Product

OURS = ("was_sent",)
OF_TABLES = ("ordered", "delivered", "cancelled", "refunded", "signed_up", "bought", "runs_out", *OURS)
BY_CALENDAR = ("every", "date", "birthday", "anniversary", "customer")


@dataclass(frozen=True, slots=True)
class Thing:
    """A fact as the store keys it."""

    kind: str
    at: int
    row: int | None = None  # of its table
    order: int | None = None
    product: str | None = None
    years: int | None = None


def thing_of(anchor: str, at: int, values: Mapping[str, Any]) -> Thing:
    """Reads an anchor's key and what its decision saw."""
    kind, _, rest = anchor.partition(":")
    first = rest.partition(":")[0]
    row = int(first) if first.isdigit() and kind not in (*BY_CALENDAR, "bought", "runs_out") else None
    order, product = values.get("order_id"), values.get("product")
    if kind in ("bought", "runs_out"):
        order, product = order or int(first), product or rest.partition(":")[2]
    if kind in ("ordered", "delivered", "cancelled"):
        order = order or row
    years = int(first) if kind == "anniversary" and first.isdigit() else values.get("years")
    return Thing(kind, at, row, order, product, years)


def names(things: Sequence[Thing], shop_id: int) -> list[Named]:
    """Names facts in order; what the store no longer has keeps only its kind and moment."""
    orders = _by_id(Order, {t.order for t in things if t.order}, Order.external_id)
    lines = _lines({t.order for t in things if t.order and t.product})
    sold = _sold({t.product for t in things if t.product}, shop_id)
    events = _events({t.row for t in things if t.row and t.kind not in OF_TABLES})
    mails = _by_id(Message, {t.row for t in things if t.row and t.kind in OURS}, Message.rule)
    found = []
    for t in things:
        event = events.get(t.row or 0, (None, None)) if t.kind not in OF_TABLES else (None, None)
        product = lines.get((t.order, t.product)) or sold.get(t.product or "") if t.product else None
        rule = mails.get(t.row or 0) if t.kind in OURS else None
        found.append(
            Named(
                t.kind,
                t.at,
                orders.get(t.order or 0),
                t.product,
                product or event[1],
                event[0],
                rule,
                t.years,
            )
        )
    return found


def _by_id(table: Any, keys: set[Any], column: Any) -> dict[int, str]:
    return dict(table.select(table.id, column).where(table.id.in_(sorted(keys))).tuples()) if keys else {}


def _lines(orders: set[int]) -> dict[tuple[int | None, str | None], str | None]:
    if not orders:
        return {}
    rows = Line.select(Line.order, Line.product, Line.name).where(Line.order.in_(sorted(orders)))
    return {(order, product): name for order, product, name in rows.tuples()}


def _sold(products: set[str], shop_id: int) -> dict[str, str | None]:
    if not products:
        return {}
    mine = (Product.shop == shop_id) & Product.external_id.in_(sorted(products))
    return dict(Product.select(Product.external_id, Product.name).where(mine).tuples())


def _events(keys: set[int]) -> dict[int, tuple[str | None, str | None]]:
    if not keys:
        return {}
    rows = Event.select(Event.id, Event.external_id, Event.name, Event.topic).where(
        Event.id.in_(sorted(keys))
    )
    return {key: (external, name or topic) for key, external, name, topic in rows.tuples()}
