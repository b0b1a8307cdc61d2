"""Objecting to profiling: somebody is in no segment, nothing is foretold of them, and nothing recommended to them.

GDPR article 21 (2) and (3). It is a line of the ledger like a withdrawal, so a rehearsal of the past sees it from its moment on.
"""

from __future__ import annotations

from typing import Any

from peewee import SQL, Value, fn

from models import ConsentChange
from models.objections import PROFILING

LITERAL = SQL(f"'{PROFILING}'")  # spelled out, so that the index of these few lines alone can answer


def objects_expression(customer_ref: Any, now: Any, known: Any = None) -> Any:
    """Returns a condition: true where the customer objects to profiling at `now`, else false, never null."""
    return fn.COALESCE(_latest(customer_ref, now, known), Value(True, converter=False)) == Value(
        False, converter=False
    )


def objects(customer_id: int, now: int) -> bool:
    """Says whether a customer objects to profiling, by what was known at `now`."""
    return objects_at(customer_id, now) is not None


def objects_at(customer_id: int, now: int) -> int | None:
    """Returns since when a customer objects to profiling; None where they do not."""
    c = ConsentChange
    known = (c.customer == customer_id) & (c.purpose == LITERAL) & (c.at <= now) & (c.recorded_at <= now)
    word = c.select().where(known).order_by(c.at.desc(), c.recorded_at.desc(), c.id.desc()).first()
    return None if word is None or word.granted else int(word.at)


def _latest(customer_ref: Any, now: Any, known: Any) -> Any:
    c = ConsentChange.alias()
    mine = (c.customer == customer_ref) & (c.purpose == LITERAL) & (c.at <= now)
    mine &= c.recorded_at <= (now if known is None else known)
    return c.select(c.granted).where(mine).order_by(c.at.desc(), c.recorded_at.desc(), c.id.desc()).limit(1)
