"""Events as they were reported; what waits for a customer or an order that is not known yet says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from engine.intake.joining import waiting_key
from engine.intake.shapes import Kind
from engine.reports.readback.customers import by_number
from engine.reports.readback.walking import Asked, Desk, Page, customer_named, in_order, page, walk_together
from engine.reports.readback.written import amount_in, iso, named
from models import Event

KINDS: tuple[str, ...] = get_args(Kind)


def events(desk: Desk, asked: Asked) -> Page:
    """Lists events by when they happened; of one kind with `kind`, of one customer with `customer`.

    Each kind is looked up in the index that rules ask, so that a list costs those who send events nothing.
    """
    kinds = [asked.wanted["kind"]] if "kind" in asked.wanted else list(KINDS)
    ids = Event.select(Event.at, Event.id)
    if "customer" in asked.wanted:
        theirs = _theirs(desk, asked.wanted["customer"])
        queries = [ids.where(one & (Event.kind << kinds)) for one in theirs]
    else:
        queries = [ids.where((Event.shop == desk.shop_id) & (Event.kind == kind)) for kind in kinds]
    places = walk_together(queries, Event.at, Event.id, asked)
    return page(
        places, asked, lambda place: place, lambda shown: _all(desk, in_order(Event, [p[1] for p in shown]))
    )


def event(desk: Desk, external_id: str) -> dict[str, Any] | None:
    """Shows the event with this id of the shop's."""
    mine = (Event.shop == desk.shop_id) & (Event.external_id == external_id) & (Event.kind << KINDS)
    return next(iter(_all(desk, list(Event.select().where(mine)))), None)


def _theirs(desk: Desk, word: str) -> list[Any]:
    """Says whose events are meant: those of a known customer, and those that wait for one who is called so."""
    number = customer_named(desk, word)
    if number is not None:
        return [Event.customer == number]
    try:
        names = [f"id:{word}", *([waiting_key(None, word)] if "@" in word else [])]
    except ValueError:
        names = [f"id:{word}"]
    waiting = (Event.shop == desk.shop_id) & Event.customer.is_null()
    return [waiting & (Event.external_customer == name) for name in names]


def _all(desk: Desk, rows: Sequence[Any]) -> list[dict[str, Any]]:
    people = by_number(row.customer_id for row in rows)
    return [_one(desk, row, people.get(row.customer_id)) for row in rows]


def _one(desk: Desk, row: Any, customer: Any) -> dict[str, Any]:
    currency = desk.shop.currency
    return {
        "id": row.external_id, "kind": row.kind, "name": row.name, "customer": named(row.external_customer, customer),
        "at": iso(row.at), "product": row.product, "category": row.category, "brand": row.brand,
        "price": amount_in(desk, row.price_minor, currency), "currency": None if row.price_minor is None else currency,
        "quantity": row.quantity, "order": row.external_order, "topic": row.topic, "complaint": row.complaint,
        "properties": row.properties,
        "kept": {
            "recorded_at": iso(row.recorded_at), "customer_known": row.customer_id is not None,
            "order_known": None if row.external_order is None else row.order_id is not None,
        },
    }  # fmt: skip
