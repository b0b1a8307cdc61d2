"""Birthdays and anniversaries: facts that come round by the calendar, found by day instead of by row."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from peewee import fn

from engine import calendar
from engine.matching import compare as sql
from engine.matching.facts import is_first
from engine.matching.scope import Scope
from engine.matching.sources import source
from engine.rulebook.ast import Between, Compare, Duration, HasFact, OneOf, Test

MOST_YEARS = 60


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
    """Says that a birthday or anniversary fell within the window (asked without `within`: in the last year)."""
    since = scope.back(condition.within) if condition.within else scope.back(Duration(1, "years"))
    found = _birthday(scope, since) if condition.pattern.kind == "birthday" else _anniversary(scope, since)
    return found if _times_one(condition.times) else ~found


def _times_one(test: Test) -> bool:
    if isinstance(test, Compare):
        return bool(sql.OPERATORS[test.operator](1, int(str(test.value))))
    return 1 in test.values if isinstance(test, OneOf) else isinstance(test, Between)


def _birthday(scope: Scope, since: int) -> Any:
    found = sorted({md for day in days_between(since, scope.now, scope.zone) for md in birth_days(day)})
    return scope.customer.birth_day.in_(found) if found else sql.FALSE


def _anniversary(scope: Scope, since: int) -> Any:
    src = source("ordered")
    spans = [
        (src.at > calendar.shift(since, -years, "years", scope.zone))
        & (src.at <= scope.back(Duration(years, "years")))
        for years in range(1, 12)
    ]
    counts = (src.recorded_at <= scope.known) & src.counts(scope.known)
    mine = (src.customer == scope.customer.id) & counts & is_first(src, scope)
    return fn.EXISTS(src.table.select(src.table.id).where(mine & sql.some(spans)))
