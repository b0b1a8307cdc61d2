"""Customers as the shop's own list has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine import bulk
from engine.config import Config
from engine.intake.accepting import Accepted, Intake, announce, begin
from engine.intake.checking import CUSTOMERS
from engine.intake.consent_marks import write_marks
from engine.intake.people import Sighting, see
from engine.intake.people_rows import give_ids, write_people
from engine.intake.shapes import CustomerIn
from engine.store import Store
from models import Shop


def accept_customers(
    store: Store,
    config: Config,
    shop_row: Shop,
    customers: Sequence[Any],
    now: int,
    history: bool = False,
    in_list: bool = True,
) -> Accepted:
    """Keeps what the shop says of its customers; raises IntakeError with every problem and writes nothing then."""
    intake = begin(store, config, shop_row, now, history)
    items = CUSTOMERS.check_all(customers, intake.reading, in_list)
    return bulk.in_transaction(store, lambda: write(intake, items))


def write(intake: Intake, items: Sequence[CustomerIn], raws: object = None) -> Accepted:
    """Writes checked customers, inside a transaction."""
    intake.changes.clear()
    intake.joined.clear()
    bulk.lock_shop(intake.store, intake.shop_id, bulk.SHARED, len(items))
    people, found = see(intake, [_sighting(intake, item) for item in items])
    give_ids(people)
    write_people(people)
    marked = write_marks(
        intake, [(p.true, item, _said_at(intake, item)) for p, item in zip(found, items, strict=True)]
    )
    announce(intake)
    told: set[int] = set()
    outcomes = []
    for person, mark in zip(found, marked, strict=True):
        changed = mark or (person.touched and id(person) not in told)
        told.add(id(person))
        outcomes.append("accepted" if changed else "unchanged")
    return Accepted(tuple(outcomes))


def _said_at(intake: Intake, item: CustomerIn) -> int:
    if item.updated_at is not None:
        return item.updated_at
    return item.signed_up_at if intake.history and item.signed_up_at is not None else intake.now


def _sighting(intake: Intake, item: CustomerIn) -> Sighting:
    said_at = _said_at(intake, item)
    return Sighting(item, said_at, item.signed_up_at or said_at, item.updated_at, erasing=True)
