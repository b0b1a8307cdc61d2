"""When a rule falls due: pure calendar arithmetic from anchor to due moment, and back by bisection."""

from __future__ import annotations

import calendar as gregorian
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from engine import calendar
from engine.clock import DAY, HOUR, MINUTE
from engine.rulebook.ast import Duration, Every, FactTrigger, OnDate, Rule

LONGEST_DAYS = {
    "minutes": 1 / 1440,
    "hours": 1 / 24,
    "days": 1.0,
    "weeks": 7.0,
    "months": 31.0,
    "years": 366.0,
}
SHORTEST_DAYS = {**LONGEST_DAYS, "months": 28.0, "years": 365.0}


# A rule with a clock time has thousands of anchors and few days, whose moments need not be worked out again for each.
_clock_time = lru_cache(maxsize=4096)(calendar.at_clock_time)
_expires = lru_cache(maxsize=1024)(calendar.shift)


def due_at(trigger: FactTrigger, at: int | None, anchor_at: int, zone: str) -> int:
    """Returns when an anchor falls due: anchor and delay, moved to the clock time `at` if there is one."""
    delay = trigger.delay
    if trigger.before:
        return _before(delay, at, anchor_at, zone)
    moved = calendar.shift(anchor_at, delay.amount, delay.unit, zone) if delay else anchor_at
    if at is None:
        return moved
    if delay is not None and delay.elapsed:
        return calendar.next_clock_time(moved, at, zone)
    return _on_or_after(anchor_at, moved, at, zone)


def _on_or_after(anchor_at: int, moved: int, at: int, zone: str) -> int:
    """Returns a clock time on the day of `moved`, or the day after where that would be before the anchor itself."""
    day = calendar.local(moved, zone).date()
    found = _clock_time(day, at, zone)
    return found if found >= anchor_at else _clock_time(day + timedelta(days=1), at, zone)


def _before(delay: Duration | None, at: int | None, anchor_at: int, zone: str) -> int:
    moved = calendar.shift(anchor_at, -delay.amount, delay.unit, zone) if delay else anchor_at
    return moved if at is None else calendar.at_clock_time(calendar.local(moved, zone).date(), at, zone)


def expires_at(rule: Rule, due: int, zone: str) -> int:
    """Returns the last moment at which it is still worth sending."""
    return _expires(due, rule.expires.amount, rule.expires.unit, zone)


def can_fall_due(at: int | None, after: int, until: int, zone: str) -> bool:
    """Says whether a rule with this clock time, if it has one, can fall due in (after, until] at all.

    In most minutes it cannot; asking the store all the same would cost more than the rest of the tick together.
    """
    return at is None or calendar.next_clock_time(after + 1, at, zone) <= until


def anchors_between(
    trigger: FactTrigger, at: int | None, after: int, until: int, zone: str
) -> tuple[int, int]:
    """Returns an interval of anchors, both ends included, that holds every one falling due in (after, until]."""
    delay = trigger.delay
    if at is None and (delay is None or delay.elapsed):
        moved = calendar.shift(0, delay.amount, delay.unit, zone) if delay else 0
        moved = -moved if trigger.before else moved
        return after - moved + 1, until - moved
    bounds, folded = _bounds(trigger, after, until), _folded(delay, after, until, zone)
    return interval(lambda anchor: due_at(trigger, at, anchor, zone), after, until, bounds, zone, folded)


def interval(
    due_of: Callable[[int], int], after: int, until: int, bounds: tuple[int, int], zone: str, folded: int = 0
) -> tuple[int, int]:
    """Returns, by bisection within bounds, an interval that holds all anchors whose due moment is in (after, until].

    The due moment rises with the anchor but in autumn's repeated hour, and at the end of a month: 28 to 31 January all
    fall due on 28 February, each at its own clock time. So a stretch that touches such an hour is wider by that hour,
    and one that touches a last day by `folded`.
    """
    low, high = bounds
    first = _first(lambda anchor: due_of(anchor) > after, low, high) - MINUTE
    last = _first(lambda anchor: due_of(anchor) > until, first, high)
    near = folded + 3 * HOUR
    repeated = calendar.offset(first - near, zone) != calendar.offset(last + near, zone)
    slack = folded + (HOUR + MINUTE if repeated else 0)
    return first - slack, last + slack


def _folded(delay: Duration | None, after: int, until: int, zone: str) -> int:
    if delay is None or delay.unit not in ("months", "years"):
        return 0
    day, last = calendar.local(after, zone).date(), calendar.local(until, zone).date()
    while day <= last:
        if (day + timedelta(days=1)).month != day.month:
            return 4 * DAY
        day += timedelta(days=1)
    return 0


def _bounds(trigger: FactTrigger, after: int, until: int) -> tuple[int, int]:
    """Returns two moments between which every anchor of the stretch surely lies."""
    slack, delay = 6 * DAY, trigger.delay
    if delay is None:
        return after - slack, until + slack
    longest = int(delay.amount * LONGEST_DAYS[delay.unit] * DAY)
    shortest = int(delay.amount * SHORTEST_DAYS[delay.unit] * DAY)
    if trigger.before:
        return after + shortest - slack, until + longest + slack
    return after - longest - slack, until - shortest + slack


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """Finds, by bisection to the minute, where a condition begins to hold."""
    while high - low > MINUTE:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return high


# --- occurrences of `every` and `date` ----------------------------------------------------------------


class Occurrence(NamedTuple):
    """One moment of `every` or `date`: when it falls due, when it is, and the wall-clock time that was written."""

    due: int
    at: int
    wall: datetime


def occurrences(rule: Rule, after: int, until: int, zone: str) -> list[Occurrence]:
    """Lists those of an `every` or `date` rule that fall due in (after, until], in order of time."""
    trigger = rule.trigger
    assert isinstance(trigger, Every | OnDate)
    if isinstance(trigger, OnDate):
        walls = [trigger.at]
    else:
        clock = time(trigger.minutes // 60, trigger.minutes % 60)
        days = _days(trigger, calendar.local(after, zone).date(), calendar.local(until, zone).date())
        walls = [datetime.combine(day, clock) for day in days]
    found = (_occurrence(wall, rule.at, zone) for wall in walls)
    return [each for each in found if after < each.due <= until]


def _occurrence(wall: datetime, at: int | None, zone: str) -> Occurrence:
    moment = calendar.from_local(wall, zone)
    return Occurrence(moment if at is None else _on_or_after(moment, moment, at, zone), moment, wall)


def _days(trigger: Every, first: date, last: date) -> Iterator[date]:
    day = first - timedelta(days=1)
    while day <= last:
        if _falls_on(trigger, day):
            yield day
        day += timedelta(days=1)


def _falls_on(trigger: Every, day: date) -> bool:
    if trigger.period == "day":
        return True
    if trigger.period == "week":
        return day.weekday() in trigger.weekdays
    last = gregorian.monthrange(day.year, day.month)[1]
    return day.day in {min(wanted, last) if wanted else last for wanted in trigger.days}


def next_occurrence(rule: Rule, after: int, zone: str) -> int | None:
    """Returns when the rule falls due next after `after`, or None when a date has passed."""
    horizon = after + 62 * DAY
    if isinstance(rule.trigger, OnDate):
        horizon = max(horizon, calendar.from_local(rule.trigger.at, zone) + 2 * DAY)
    found = occurrences(rule, after, horizon, zone)
    return min(each.due for each in found) if found else None
