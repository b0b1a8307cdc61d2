"""Local time worked out the obvious way: zoneinfo, trial and counting minutes."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from engine.rulebook.ast import Duration

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Seen:
    """What calendars have met since it was last emptied, so that cases can be counted by kind."""

    words: set[str] = set()


def wall(at: int, zone: str) -> datetime:
    """What clocks of a zone show at an instant."""
    return (EPOCH + timedelta(microseconds=at)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def at_of(moment: datetime) -> int:
    """The instant of an aware datetime."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def instant(shown: datetime, zone: str) -> int:
    """The first moment at which clocks show this; where they never do, the first moment after the gap."""
    at, odd = _instant(shown, zone)
    if odd:
        Seen.words.add("clock change")
    return at


@lru_cache(maxsize=20_000)
def _instant(shown: datetime, zone: str) -> tuple[int, bool]:
    as_utc = at_of(shown.replace(tzinfo=UTC))
    offsets = {_offset(as_utc + days * DAY, zone) for days in (-1, 0, 1)}
    fitting = [as_utc - offset for offset in offsets if wall(as_utc - offset, zone) == shown]
    if fitting:
        return min(fitting), len(fitting) > 1
    at = (as_utc - max(offsets) - 2 * HOUR) // MINUTE * MINUTE
    while wall(at, zone) < shown:
        at += MINUTE
    return at, True


def _offset(at: int, zone: str) -> int:
    found = (EPOCH + timedelta(microseconds=at)).astimezone(ZoneInfo(zone)).utcoffset()
    assert found is not None
    return found // timedelta(microseconds=1)


def repeats(at: int, zone: str) -> bool:
    """Says whether clocks show this time twice."""
    return _instant(wall(at, zone), zone)[1]


def add(at: int, span: Duration, zone: str, times: int = 1) -> int:
    """An instant and a duration: minutes and hours as they elapse, the rest by the calendar of the zone."""
    amount = span.amount * times
    if span.unit == "minutes":
        return at + amount * MINUTE
    if span.unit == "hours":
        return at + amount * HOUR
    return _add_calendar(at, amount, span.unit, zone)


def _add_calendar(at: int, amount: int, unit: str, zone: str) -> int:
    shown = wall(at, zone)
    if unit in ("days", "weeks"):
        return instant(shown + timedelta(days=amount * (7 if unit == "weeks" else 1)), zone)
    day = add_months(shown.date(), amount * (12 if unit == "years" else 1))
    return instant(datetime.combine(day, shown.time()), zone)


def add_months(day: date, months: int) -> date:
    """A day some months on; the last day where the month has no such day."""
    count = day.year * 12 + day.month - 1 + months
    year, month = count // 12, count % 12 + 1
    last = calendar.monthrange(year, month)[1]
    if day.day > last:
        Seen.words.add("end of month")
    return date(year, month, min(day.day, last))


def clock(day: date, minutes: int, zone: str) -> int:
    """The instant at which clocks show a time of day on a day."""
    return instant(datetime.combine(day, time(minutes // 60, minutes % 60)), zone)


def first_clock(at: int, minutes: int, zone: str) -> int:
    """The first instant at or after `at` that is a time of day."""
    day = wall(at, zone).date()
    while clock(day, minutes, zone) < at:
        day += timedelta(days=1)
    return clock(day, minutes, zone)


def birthday_in(born: date, year: int) -> date:
    """The day on which a birthday falls; of 29 February the 28th in other years."""
    if (born.month, born.day) == (2, 29) and not calendar.isleap(year):
        Seen.words.add("end of month")
        return date(year, 2, 28)
    return date(year, born.month, born.day)


def whole(at: int) -> int:
    """The minute at which something counts: the first whole one that is not before it."""
    return -(-at // MINUTE) * MINUTE
