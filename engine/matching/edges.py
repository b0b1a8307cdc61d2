"""When time alone changes a condition: the moments at which facts leave the windows that it asks about."""

from __future__ import annotations

from collections.abc import Iterator

from engine import calendar
from engine.clock import HOUR
from engine.matching.comings import oldest_years, placed_between
from engine.matching.moments import anchors_between, due_at
from engine.matching.predicted import birth_days, days_between
from engine.matching.sources import AHEAD, PREDICTED, source
from engine.matching.view import View
from engine.rulebook.ast import (
    Between,
    Compare,
    Condition,
    Duration,
    FactPattern,
    FactTrigger,
    FieldIs,
    HasFact,
    InSegment,
    Measure,
    OneOf,
    Test,
)
from engine.rulebook.walk import leaves
from models import Customer

Edge = tuple[int, int]  # customer, moment
AT_ONCE = Duration(0, "minutes")
NEAR = 3 * HOUR  # more than any clock change moves


def edges(view: View, condition: Condition, after: int, until: int) -> Iterator[Edge]:
    """Yields whose answer time alone may change in (after, until], and when; some of them it will not."""
    for leaf in leaves_of(view, condition):
        if isinstance(leaf, FieldIs) and leaf.field == "age":
            yield from _birthdays(view, AT_ONCE, after, until)
        if isinstance(leaf, HasFact) and leaf.pattern.kind in PREDICTED:
            came = _birthdays if leaf.pattern.kind == "birthday" else _anniversaries
            for window in (AT_ONCE, leaf.within or AT_ONCE):
                yield from came(view, window, after, until)
        for kind, window in _windows(leaf):
            for zone in view.zones():
                yield from _leaving(view, zone, kind, window, after, until)


def leaves_of(view: View, condition: Condition | None) -> Iterator[Condition]:
    """Yields every leaf of a condition, those of the segments that it names included."""
    for leaf in leaves(condition):
        if isinstance(leaf, InSegment):
            yield from leaves_of(view, view.rulebook.segments[leaf.segment].condition)
        else:
            yield leaf


def _windows(leaf: Condition) -> Iterator[tuple[str, Duration]]:
    """Yields the kinds of facts and how long after one of them the leaf may change its answer."""
    if isinstance(leaf, HasFact) and leaf.pattern.kind in AHEAD:
        yield leaf.pattern.kind, AT_ONCE  # nobody reports it in the minute in which it happens
    if isinstance(leaf, HasFact) and leaf.within and leaf.pattern.kind not in PREDICTED:
        yield leaf.pattern.kind, leaf.within
    elif isinstance(leaf, Measure) and leaf.name == "days_since_order":
        for days in numbers(leaf.test):
            yield "ordered", Duration(days, "days")
            yield "ordered", Duration(days + 1, "days")
    elif isinstance(leaf, Measure) and leaf.within:
        yield "ordered", leaf.within


def numbers(test: Test) -> list[int]:
    """Lists the whole numbers that a test compares with."""
    if isinstance(test, Compare):
        return [int(str(test.value))]
    if isinstance(test, Between):
        return [int(str(test.low)), int(str(test.high))]
    return [int(str(value)) for value in test.values] if isinstance(test, OneOf) else []


def _leaving(view: View, zone: str, kind: str, window: Duration, after: int, until: int) -> Iterator[Edge]:
    """Finds the facts that leave a window in the stretch, by the index of their moments."""
    trigger = FactTrigger(FactPattern(kind), window)
    low, high = anchors_between(trigger, None, after, until, zone)
    turned = calendar.offset(low - NEAR, zone) != calendar.offset(high + NEAR, zone)
    slack = NEAR if turned and not window.elapsed else 0
    src = source(kind)
    rows = (
        src.table.select(src.customer, src.at)
        .join(Customer, on=(Customer.id == src.customer))
        .where(
            (src.shop == view.shop_id) & src.at.between(low - slack, high + slack) & (Customer.zone == zone)
        )
    )
    for customer, at in (rows.where(src.condition) if src.condition is not None else rows).tuples():
        ends = {due_at(trigger, None, at, zone)}
        for moment in ends | {_left_at(end, at, window, zone) for end in ends if slack}:
            if after < moment <= until:
                yield customer, moment


def _left_at(end: int, at: int, window: Duration, zone: str) -> int:
    """Returns the first moment whose window no longer holds a fact, near the one at which it has lasted so long.

    A window is counted backwards from now. In the night in which clocks jump, the hour that is missing counts as the
    moment after it, so that a fact of that moment leaves an hour early.
    """
    low, high = end - NEAR, end + NEAR
    while high - low > 1:
        middle = (low + high) // 2
        if calendar.shift(middle, -window.amount, window.unit, zone) >= at:
            high = middle
        else:
            low = middle
    return high


def _birthdays(view: View, window: Duration, after: int, until: int) -> Iterator[Edge]:
    """Finds the birthdays that come, or leave a window, in the stretch."""
    trigger = FactTrigger(FactPattern("birthday"), window)
    for zone in view.zones():
        low, high = anchors_between(trigger, None, after, until, zone)
        for day in days_between(low - 1, high, zone):
            moment = due_at(trigger, None, calendar.at_clock_time(day, 0, zone), zone)
            born = (Customer.shop == view.shop_id) & Customer.birth_day.in_(birth_days(day))
            for (customer,) in Customer.select(Customer.id).where(born & (Customer.zone == zone)).tuples():
                if after < moment <= until:
                    yield customer, moment


def _anniversaries(view: View, window: Duration, after: int, until: int) -> Iterator[Edge]:
    """Finds the anniversaries of orders, the first or not, that come, or leave a window, in the stretch."""
    trigger, src = FactTrigger(FactPattern("anniversary"), window), source("ordered")
    for zone in view.zones():
        low, high = anchors_between(trigger, None, after, until, zone)
        for years in range(1, oldest_years(view.scope(zone), high) + 1):
            placed = src.at.between(*placed_between(low, high, years, zone))
            rows = src.table.select(src.customer, src.at).where((src.shop == view.shop_id) & placed)
            for customer, at in rows.tuples():
                moment = due_at(trigger, None, calendar.shift(at, years, "years", zone), zone)
                if after < moment <= until:
                    yield customer, moment
