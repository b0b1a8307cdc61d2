"""Has this customer consented? Asked of the ledger as it was known at a moment."""

from __future__ import annotations

from typing import Any

from peewee import Value, fn

from models import ConsentChange


def consent_expression(customer_ref: Any, purpose: str, now: Any, known: Any = None) -> Any:
    """Returns a condition: true where the customer has consented to the purpose at `now`, else false, never null.

    `customer_ref` is a column or an id. The newest change that had happened and was known by `now` counts; of two with
    the same moment the one learned last. `transactional` needs no consent.
    """
    if purpose == "transactional":
        return Value(1) == Value(1)
    change = ConsentChange.alias()
    newest = (
        change.select(change.granted)
        .where(
            (change.customer == customer_ref)
            & (change.purpose == purpose)
            & (change.at <= now)
            & (change.recorded_at <= (now if known is None else known))
        )
        .order_by(change.at.desc(), change.recorded_at.desc(), change.id.desc())
        .limit(1)
    )
    return fn.COALESCE(newest, Value(False, converter=False)) == Value(True, converter=False)


def granted(customer_id: int, purpose: str, at: int) -> bool:
    """Says whether the customer had consented to the purpose at `at`, by what was known then."""
    if purpose == "transactional":
        return True
    change = (
        ConsentChange.select(ConsentChange.granted)
        .where(
            (ConsentChange.customer == customer_id)
            & (ConsentChange.purpose == purpose)
            & (ConsentChange.at <= at)
            & (ConsentChange.recorded_at <= at)
        )
        .order_by(ConsentChange.at.desc(), ConsentChange.recorded_at.desc(), ConsentChange.id.desc())
        .first()
    )
    return bool(change and change.granted)
