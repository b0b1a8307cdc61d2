"""When time alone may change the answer of a house rule that holds somebody back: what a rehearsal must not step over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from engine import calendar
from engine.matching.edges import leaves_of, numbers
from engine.matching.sources import AHEAD
from engine.matching.view import View
from engine.prepared import prepared
from engine.rulebook.ast import (
    Condition,
    Duration,
    FieldIs,
    HasFact,
    Measure,
)
from models import ConsentChange, Customer, Event, Hold, Line, Message, Order, Refund

MOMENTS = (
    (Order.customer, (Order.at, Order.delivered_at, Order.cancelled_at)), (Refund.customer, (Refund.at,)),
    (Event.customer, (Event.at,)), (Line.customer, (Line.runs_out_at,)), (Message.customer, (Message.settled_at,)),
    (ConsentChange.customer, (ConsentChange.at,)), (Customer.id, (Customer.signed_up_at,)),
)  # fmt: skip
YEAR = Duration(1, "years")


def house_edges(view: View, now: int) -> Iterator[int]:
    """Yields moments after `now`, not all of them, at which a house rule that holds somebody may let go."""
    held = [customer for (customer,) in _held_by_house()]
    if not held:
        return
    asked = [leaf for rule in view.rulebook.policy.house_rules for leaf in leaves_of(view, rule.condition)]
    windows = {window for leaf in asked for window in _windows(leaf)}
    if not (windows or any(_by_calendar(leaf) for leaf in asked)):
        return
    facts = list(_facts(held)) if windows else []
    for zone in view.zones():
        days = [now, *_anniversaries(facts, now, zone)] if any(_by_calendar(leaf) for leaf in asked) else []
        yield from (at for at in _calendar_edges(days, windows, now, zone) if at > now)
        for window in windows:
            yield from (at for at in (_later(fact, window, zone) for fact in facts) if at > now)


@prepared
def _held_by_house() -> Any:
    return Hold.select(Hold.customer).where(Hold.every_minute == True).distinct()  # noqa: E712


def _windows(leaf: Condition) -> Iterator[Duration]:
    """Yields the spans after a fact in which a leaf may change."""
    if isinstance(leaf, HasFact) and leaf.pattern.kind in AHEAD:
        yield Duration(0, "minutes")
    if isinstance(leaf, HasFact | Measure) and leaf.within:
        yield leaf.within
    elif isinstance(leaf, HasFact) and _by_calendar(leaf):
        yield YEAR
    elif isinstance(leaf, Measure) and leaf.name == "days_since_order":
        for days in numbers(leaf.test):
            yield from (Duration(days, "days"), Duration(days + 1, "days"))


def _by_calendar(leaf: Condition) -> bool:
    """Says whether a leaf changes by the calendar, without any fact: ages, birthdays, anniversaries."""
    if isinstance(leaf, HasFact):
        return leaf.pattern.kind in ("birthday", "anniversary")
    return isinstance(leaf, FieldIs) and leaf.field == "age"


def _facts(held: list[int]) -> Iterator[int]:
    for customer, columns in MOMENTS:
        for column in columns:
            rows = column.model.select(column).where(customer.in_(held) & column.is_null(False))
            yield from (at for (at,) in rows.tuples())


def _later(at: int, window: Duration, zone: str) -> int:
    return calendar.shift(at, window.amount, window.unit, zone)


def _anniversaries(facts: list[int], now: int, zone: str) -> Iterator[int]:
    """Yields, for each fact, its anniversaries of this year and the years around it."""
    year = calendar.local(now, zone).year
    for at in facts:
        passed = year - calendar.local(at, zone).year
        yield from (
            calendar.shift(at, years, "years", zone) for years in range(max(passed - 2, 1), passed + 2)
        )


def _calendar_edges(bases: list[int], windows: Iterable[Duration], now: int, zone: str) -> Iterator[int]:
    """Yields the next midnight, anniversaries, and both as far later as a window is long."""
    today = calendar.local(now, zone).date()
    if not bases:
        return
    yield calendar.at_clock_time(today + timedelta(days=1), 0, zone)
    yield from bases[1:]
    for window in windows:
        yield from (_later(at, window, zone) for at in bases[1:])
        begun = calendar.local(calendar.shift(now, -window.amount, window.unit, zone), zone).date()
        for ahead in range(3):
            yield _later(calendar.at_clock_time(begun + timedelta(days=ahead), 0, zone), window, zone)
