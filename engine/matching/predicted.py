"""Birthdays and anniversaries: facts that come round by the calendar, found by day instead of by row."""

from __future__ import annotations

import calendar as gregorian
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from peewee import Cast, fn

from engine import calendar
from engine.matching import compare as sql
from engine.matching.firsts import is_first
from engine.matching.scope import Scope
from engine.matching.sources import source
from engine.rulebook.ast import Between, Compare, FactPattern, HasFact, OneOf, Test

MOST_YEARS = 125  # nobody has more birthdays
MOST_ANNIVERSARIES = 40


def days_between(after: int, until: int, zone: str) -> list[date]:
    """Lists the local days whose midnight lies in (after, until]."""
    day, last = calendar.local(after, zone).date(), calendar.local(until, zone).date()
    days = [day + timedelta(days=offset) for offset in range((last - day).days + 1)]
    return [day for day in days if after < calendar.at_clock_time(day, 0, zone) <= until]


def birth_days(day: date) -> list[int]:
    """Lists the birth days (month * 100 + day) whose birthday falls on a day."""
    found = [day.month * 100 + day.day]
    if day.month == 2 and day.day == 28 and (day + timedelta(days=1)).month == 3:
        found.append(229)
    return found


def predicted_within(condition: HasFact, scope: Scope) -> Any:
    """Compares how many birthdays or anniversaries fell within the window; without `within`, how many there have been.

    Who has none that is known has none: counts are never unknown.
    """
    since = scope.back(condition.within) if condition.within else None
    count = _birthdays if condition.pattern.kind == "birthday" else _anniversaries
    return sql.compare(count(condition.pattern, scope, since), condition.times, int)


def number_fits(test: Test | None, number: int) -> bool:
    """Compares a whole number that needs no database; no test takes any."""
    if isinstance(test, Compare):
        return bool(sql.OPERATORS[test.operator](number, int(str(test.value))))
    if isinstance(test, Between):
        return int(str(test.low)) <= number <= int(str(test.high))
    return test is None or (isinstance(test, OneOf) and number in [int(str(value)) for value in test.values])


def _birthdays(pattern: FactPattern, scope: Scope, since: int | None) -> Any:
    """Counts, year by year, the birthdays after `since` and up to now."""
    last = calendar.local(scope.now, scope.zone).date()
    first = date(last.year - MOST_YEARS, 1, 1)
    if since is not None:
        first = calendar.local(since, scope.zone).date() + timedelta(days=1)
    if first > last:
        return sql.ZERO
    years = [_in_year(pattern, scope, year, first, last) for year in range(first.year, last.year + 1)]
    return fn.COALESCE(_how_many(years), 0)


def _in_year(pattern: FactPattern, scope: Scope, year: int, first: date, last: date) -> Any:
    low = first.month * 100 + first.day if year == first.year else 101
    high = max(birth_days(last)) if year == last.year else 1231
    born = Cast(fn.SUBSTR(scope.customer.birthday, 1, 4), "integer")
    test = pattern.filter("years")
    fits = sql.compare(year - born, test, int) if test else None
    return sql.every([scope.customer.birth_day.between(low, high), year - born > 0, fits])


def _anniversaries(pattern: FactPattern, scope: Scope, since: int | None) -> Any:
    """Counts the anniversaries of the first order that counts, after `since` and up to now."""
    src, test = source("ordered"), pattern.filter("years")
    come = [
        _had(src.at, scope.now, years, scope.zone)
        & (~_had(src.at, since, years, scope.zone) if since is not None else sql.TRUE)
        for years in range(1, MOST_ANNIVERSARIES + 1)
        if number_fits(test, years)
    ]
    if not come:
        return sql.ZERO
    counts = (src.recorded_at <= scope.known) & src.counts(scope.known)
    mine = (src.customer == scope.customer.id) & (src.at <= scope.now) & counts & is_first(src, scope)
    return fn.COALESCE(src.table.select(fn.MAX(_how_many(come))).where(mine), 0)


def _how_many(truths: Sequence[Any]) -> Any:
    """Counts those that hold, half and half: SQLite reads no sum of a hundred brackets in one another."""
    if len(truths) == 1:
        return Cast(truths[0], "integer")
    middle = len(truths) // 2
    return _how_many(truths[:middle]) + _how_many(truths[middle:])


def _had(placed: Any, moment: int, years: int, zone: str) -> Any:
    """Says that so many years after an order was placed are over by a moment: that it was placed by a moment then."""
    wall = calendar.local(moment, zone)
    by = placed <= calendar.shift(moment, -years, "years", zone)
    then = wall.year - years
    if wall.month == 2 and wall.day == 28 and not gregorian.isleap(wall.year) and gregorian.isleap(then):
        leap_day = wall.replace(year=then, day=29)  # whose anniversary this year is today
        midnight = leap_day.replace(hour=0, minute=0, second=0, microsecond=0)
        return by | placed.between(calendar.from_local(midnight, zone), calendar.from_local(leap_day, zone))
    if wall.month == 2 and wall.day == 29 and not gregorian.isleap(then):
        return placed < calendar.at_clock_time(date(then, 3, 1), 0, zone)
    return by
