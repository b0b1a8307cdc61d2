"""Local calendar time: days and months as people in a zone count them, clock changes included."""

from __future__ import annotations

import calendar as gregorian
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.clock import MINUTE, instant, moment

UNITS = ("minutes", "hours", "days", "weeks", "months", "years")


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """Returns the IANA zone; raises ValueError naming an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"unknown time zone {name!r}") from error


def local(at: int, zone_name: str) -> datetime:
    """Returns the wall-clock time of an instant in a zone, without zone information."""
    return moment(at).astimezone(zone(zone_name)).replace(tzinfo=None)


def offset(at: int, zone_name: str) -> timedelta | None:
    """Returns how far a zone's clocks are ahead of UTC at an instant."""
    return moment(at).astimezone(zone(zone_name)).utcoffset()


def from_local(wall: datetime, zone_name: str) -> int:
    """Returns the instant of a wall-clock time: the first of a repeated one, the end of the gap of a skipped one."""
    tz = zone(zone_name)
    aware = wall.replace(tzinfo=tz, fold=0)
    at = instant(aware.astimezone(UTC))
    if moment(at).astimezone(tz).replace(tzinfo=None) == wall:
        return at
    return _end_of_gap(wall, tz)


def _end_of_gap(wall: datetime, tz: ZoneInfo) -> int:
    """Finds the first moment after the gap that skips `wall`: where the offset changes."""
    before = instant(wall.replace(tzinfo=tz, fold=1).astimezone(UTC))
    after = instant(wall.replace(tzinfo=tz, fold=0).astimezone(UTC))
    low, high = min(before, after), max(before, after)
    old = moment(low).astimezone(tz).utcoffset()
    while high - low > MINUTE:
        middle = low + (high - low) // 2 // MINUTE * MINUTE
        if moment(middle).astimezone(tz).utcoffset() == old:
            low = middle
        else:
            high = middle
    return high - high % MINUTE


def add_months(day: date, months: int) -> date:
    """Moves a date by months; a day that the month lacks becomes its last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, gregorian.monthrange(year, month + 1)[1]))


def shift_wall(wall: datetime, amount: int, unit: str) -> datetime:
    """Moves a wall-clock time by calendar units (days, weeks, months, years); negative goes back."""
    if unit == "days":
        return wall + timedelta(days=amount)
    if unit == "weeks":
        return wall + timedelta(weeks=amount)
    months = amount * 12 if unit == "years" else amount
    return datetime.combine(add_months(wall.date(), months), wall.time())


def shift(at: int, amount: int, unit: str, zone_name: str) -> int:
    """Moves an instant by a duration: minutes and hours as elapsed time, the rest by the local calendar."""
    if unit == "minutes":
        return at + amount * MINUTE
    if unit == "hours":
        return at + amount * 60 * MINUTE
    return from_local(shift_wall(local(at, zone_name), amount, unit), zone_name)


def at_clock_time(day: date, minutes: int, zone_name: str) -> int:
    """Returns the instant at which clocks of the zone show that many minutes after midnight on that day."""
    return from_local(datetime.combine(day, time(minutes // 60, minutes % 60)), zone_name)


def next_clock_time(at: int, minutes: int, zone_name: str) -> int:
    """Returns the first instant at or after `at` when clocks of the zone show that time of day."""
    day = local(at, zone_name).date()
    for offset in range(3):
        found = at_clock_time(day + timedelta(days=offset), minutes, zone_name)
        if found >= at:
            return found
    raise AssertionError("a clock time comes round within three days")


def yearly(day: date, year: int) -> date:
    """Returns the day on which a birthday falls in a year; 29 February is kept on the 28th in other years."""
    if day.month == 2 and day.day == 29 and not gregorian.isleap(year):
        return date(year, 2, 28)
    return date(year, day.month, day.day)
