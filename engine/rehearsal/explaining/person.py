"""The customer as of a moment: who they were by what was known then, and where the store does not know it any more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engine import bulk
from engine.clock import DAY
from engine.matching.view import View
from engine.rehearsal.explaining.model import Note
from engine.store import Store
from models import Customer, CustomerVersion
from models.people import CustomerFields

FIELDS = tuple(name for name in CustomerFields._meta.sorted_field_names if name != "id")


@contextmanager
def as_of(store: Store, customer: Any, at: int) -> Iterator[tuple[Any, list[Note]]]:
    """Gives the customer as they stood at a moment, to every query of this thread until the block ends.

    Where fields have changed since, a table of this connection's own with one row stands before the customers; it is
    gone at the end. The shop's tables are only read.
    """
    version = _version(customer, at)
    if version is None:
        yield customer, list(_notes(customer, at, customer.recorded_at))
        return
    name = str(Customer._meta.table_name)
    bulk.run(store, f'create temporary table "{name}" as {_stood(int(version.id))}')
    try:
        stood = Customer.get_by_id(customer.id)
        yield stood, list(_notes(customer, at, int(version.recorded_at)))
    finally:
        bulk.run(store, f'drop table {"pg_temp" if store.postgresql else "temp"}."{name}"')


def _stood(version: int) -> str:
    """Selects the one customer of a version with the fields that they had in it."""
    names = Customer._meta.sorted_fields
    chosen = [f'{"was" if field.name in FIELDS else "is_now"}."{field.column_name}"' for field in names]
    tables = [f'"{table._meta.table_name}"' for table in (CustomerVersion, Customer)]
    joined = f"from {tables[0]} was join {tables[1]} is_now on is_now.id = was.customer_id"
    return f"select {', '.join(chosen)} {joined} where was.id = {version}"


def _version(customer: Customer, at: int) -> CustomerVersion | None:
    """Finds the fields that held at a moment, where others have been learned since."""
    later = (CustomerVersion.customer == customer.id) & (CustomerVersion.until_at > at)
    found: CustomerVersion | None = (
        CustomerVersion.select().where(later).order_by(CustomerVersion.until_at, CustomerVersion.id).first()
    )
    return found


def _notes(customer: Any, at: int, fields_known_at: int) -> Iterator[Note]:
    """Says what is not known of that time."""
    if customer.erased_at is not None:
        yield Note("erased", customer.erased_at)
    elif at < customer.recorded_at:
        yield Note("not_known_yet", customer.recorded_at)
    elif at < fields_known_at:
        yield Note("fields_since", fields_known_at)


def record_notes(view: View, now: int, ticked_at: int | None) -> Iterator[Note]:
    """Says where decisions of that time are not kept any more, or not made yet."""
    kept_since = now - view.config.limits.decisions_days * DAY
    if view.now < kept_since:
        yield Note("decisions_since", kept_since)
    if ticked_at is not None and view.now > now:
        yield Note("others_between", view.now)
