"""Whether a birthday or an anniversary came round since an anchor: reckoned by the calendar, for the few that are due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from peewee import fn

from engine import calendar
from engine.matching.due import Question
from engine.matching.predicted import number_fits
from engine.matching.scope import Scope
from engine.matching.sources import PREDICTED, source
from engine.matching.view import chunks
from engine.rulebook.ast import FactPattern, Rule
from models import Customer

Row = tuple[Any, ...]


def looks_for_coming(rule: Rule) -> list[FactPattern]:
    """Lists what of a rule's `unless` no row of a table can answer."""
    return [pattern for pattern in rule.unless if pattern.kind in PREDICTED]


def unless_it_came_round(question: Question, rows: Iterable[Row]) -> Iterator[Row]:
    """Leaves out rows whose customer had such a day since the moment in the row's last column, which it takes off;
    a question that is not filtered keeps them, and their ninth column says no."""
    found, scope = list(rows), question.scope
    people = sorted({row[1] for row in found})
    births, firsts = _births(people), _first_orders(people, scope)
    for row in found:
        came = any(
            _came(pattern, births.get(row[1]), firsts.get(row[1]), int(row[-1]), scope)
            for pattern in looks_for_coming(question.rule)
        )
        if not (came and question.filtered):
            yield (*row[:8], False if came else row[8], *row[9:-1])


def _births(people: list[int]) -> dict[int, str | None]:
    found: dict[int, str | None] = {}
    for some in chunks(people):
        found |= dict(Customer.select(Customer.id, Customer.birthday).where(Customer.id.in_(some)).tuples())
    return found


def _first_orders(people: list[int], scope: Scope) -> dict[int, int]:
    found: dict[int, int] = {}
    for some in chunks(people):
        src = source("ordered")
        known = (src.recorded_at <= scope.known) & src.counts(scope.known) & (src.at <= scope.now)
        rows = src.table.select(src.customer, fn.MIN(src.at)).where(src.customer.in_(some) & known)
        found |= dict(rows.group_by(src.customer).tuples())
    return found


def _came(pattern: FactPattern, birthday: str | None, first: int | None, since: int, scope: Scope) -> bool:
    test, zone = pattern.filter("years"), scope.zone
    years = range(calendar.local(since, zone).year, calendar.local(scope.now, zone).year + 1)
    if pattern.kind == "birthday":
        born = date.fromisoformat(birthday) if birthday else None
        days = [(y - born.year, calendar.yearly(born, y)) for y in years] if born else []
        moments = [(number, calendar.at_clock_time(day, 0, zone)) for number, day in days]
    else:
        start = calendar.local(first, zone).year if first else 0
        numbers = [year - start for year in years if first and year > start]
        moments = [(number, calendar.shift(first or 0, number, "years", zone)) for number in numbers]
    return any(number > 0 and since < at <= scope.now and number_fits(test, number) for number, at in moments)
