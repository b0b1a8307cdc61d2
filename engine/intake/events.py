"""Events: web visits, questions, complaints, whatever else a shop reports of a customer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from engine import bulk
from engine.config import Config
from engine.intake.accepting import Accepted, Intake, announce, begin, digest_of, unique
from engine.intake.checking import EVENTS
from engine.intake.naming import Named, name_all
from engine.intake.products import Shelf, shelf_of
from engine.intake.reading import minor
from engine.intake.shapes import EventIn
from engine.store import Store
from models import Event, Order, Shop

COLUMNS = (
    "customer_id", "external_customer", "external_id", "kind", "name", "at", "product", "category", "brand",
    "price_minor", "quantity", "external_order", "order_id", "topic", "complaint", "properties",
)  # fmt: skip
Row = tuple[Any, ...]


def accept_events(
    store: Store,
    config: Config,
    shop_row: Shop,
    events: Sequence[Any],
    now: int,
    history: bool = False,
    in_list: bool = True,
) -> Accepted:
    """Keeps the events; raises IntakeError with every problem and writes nothing then."""
    intake = begin(store, config, shop_row, now, history)
    items = EVENTS.check_all(events, intake.reading, in_list)
    return bulk.in_transaction(store, lambda: write(intake, items, events))


def write(intake: Intake, items: Sequence[EventIn], raws: Sequence[Any]) -> Accepted:
    """Writes checked events, inside a transaction; the same id again corrects the event."""
    intake.changes.clear()
    bulk.lock_shop(intake.store, intake.shop_id, bulk.ALONE)
    _, named = name_all(intake, [item.customer for item in items])
    orders = bulk.fetch(
        intake.store,
        Order,
        ("external_id", "id"),
        "external_id",
        unique(i.order for i in items),
        intake.shop_id,
    )
    shelf = shelf_of(intake, [item.product for item in items if item.product])
    rows = [
        _row(intake, item, raw, name, dict(orders), shelf)
        for item, raw, name in zip(items, raws, named, strict=True)
    ]
    outcomes = _store(intake, rows)
    announce(intake)
    return Accepted(outcomes)


def _row(intake: Intake, item: EventIn, raw: Any, named: Named, orders: dict[str, int], shelf: Shelf) -> Row:
    """Makes the row; an event without an id but with a moment is known by its whole content."""
    identity = item.id or (f"sha256:{digest_of(raw)}" if item.at is not None else None)
    price = None
    if item.price is not None:
        shop = intake.shop
        price = minor(intake.config.convert(item.price, item.currency or shop.currency, shop), shop.currency)
    known = shelf[item.product].fields if item.product in shelf else {}
    properties = json.dumps(item.properties, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return (
        named[0], named[1], identity, item.kind, item.name, intake.now if item.at is None else item.at, item.product,
        item.category or known.get("category"), item.brand or known.get("brand"), price, item.quantity, item.order,
        orders.get(item.order or ""), item.topic or None, item.complaint, properties,
    )  # fmt: skip


def _store(intake: Intake, rows: Sequence[Row]) -> tuple[str, ...]:
    found = bulk.fetch(
        intake.store, Event, ("id", *COLUMNS), "external_id", unique(row[2] for row in rows), intake.shop_id
    )
    known: dict[str, Row] = {row[3]: row for row in found}
    numbers = iter(bulk.allocate(intake.store, Event, len(rows)))
    fresh: dict[int, Row] = {}
    changed: dict[int, Row] = {}
    outcomes = []
    for row in rows:
        old = known.get(row[2]) if row[2] else None
        number = old[0] if old else next(numbers)
        if old is not None and tuple(old[1:]) == row:
            outcomes.append("unchanged")
            continue
        (changed if old is not None and number not in fresh else fresh)[number] = row
        if row[2]:
            known[row[2]] = (number, *row)
        outcomes.append("accepted")
        _announce(intake, old, row)
    columns = (*COLUMNS, "recorded_at", "shop_id")
    new = [(number, *row, intake.learned(row[5]), intake.shop_id) for number, row in fresh.items()]
    bulk.insert(intake.store, Event, ("id", *columns), new)
    bulk.update(intake.store, Event, COLUMNS, [(*row, number) for number, row in changed.items()])
    return tuple(outcomes)


def _announce(intake: Intake, old: Row | None, row: Row) -> None:
    if row[0] is not None:
        intake.changes.add((row[0], row[5]))
    if old is not None and old[1] is not None:
        intake.changes.add((old[1], 0))
