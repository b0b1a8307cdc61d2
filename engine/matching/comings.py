"""Anchors that come round by the calendar: birthdays, anniversaries, and the moments of `every` and `date`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from peewee import Cast, fn

from engine import calendar
from engine.clock import DAY
from engine.matching import compare as sql
from engine.matching.due import Due, Question, build
from engine.matching.facts import fits
from engine.matching.firsts import is_first
from engine.matching.moments import anchors_between, due_at, interval, occurrences
from engine.matching.predicted import birth_days, days_between, number_fits
from engine.matching.scope import Scope
from engine.matching.sources import Source, source
from engine.rulebook.ast import Every, FactPattern, FactTrigger, OnDate
from models import Order

Reader = Callable[..., Iterator[tuple[Any, ...]]]  # engine.matching.ask.read


def _everybody(question: Question) -> Source:
    """Stands for the customers themselves, where no row of a table is the anchor."""
    c = question.scope.customer
    return Source("customer", c, c.signed_up_at, c.recorded_at, None, c.id, c.shop)


def _known(question: Question, src: Source) -> Any:
    mine = src.of_shop(question.scope.shop_id, question.customers is not None)
    return mine & (src.recorded_at <= question.scope.known)


def _born_on(question: Question, src: Source, days: Sequence[Any]) -> Any:
    """Finds customers by the index of birth days; the shop is hidden from the planner, which would read it whole."""
    mine = (src.shop + 0 == question.scope.shop_id) & (src.recorded_at <= question.scope.known)
    return mine & src.table.birth_day.in_(list(days))


def moments(question: Question, read: Reader) -> Iterator[Due]:
    """Asks `every` and `date` for each of their moments in the stretch: everybody whom `who` fits."""
    trigger = question.rule.trigger
    assert isinstance(trigger, Every | OnDate)

    def words(asked: Question, values: tuple[Any, ...]) -> tuple[Source, Any, Any]:
        src = _everybody(asked)
        return src, _known(asked, src), values[0]

    kind = "every" if isinstance(trigger, Every) else "date"
    for due, at, wall in occurrences(question.rule, question.after, question.until, question.scope.zone):
        for row in read(question, "moments", words, (at,)):
            known_since = (*row[:3], due, *row[4:])
            anchor = f"{kind}:{wall:%Y-%m-%dT%H:%M}"
            yield build(question, known_since, kind, anchor, at, due, day=f"{wall:%Y-%m-%d}")


def birthdays(question: Question, read: Reader) -> Iterator[Due]:
    """Asks for the birthdays whose moment falls due: few days, looked up by the day of birth."""
    rule, scope = question.rule, question.scope
    trigger = rule.trigger
    assert isinstance(trigger, FactTrigger)
    low, high = anchors_between(trigger, rule.at, question.after, question.until, scope.zone)

    def words(asked: Question, values: tuple[Any, ...]) -> tuple[Source, Any, Any]:
        src, (since, year, *days) = _everybody(asked), values
        return src, _born_on(asked, src, days) & _age_fits(src.table, year, trigger), since

    for day in days_between(low - 1, high, scope.zone):
        midnight = calendar.at_clock_time(day, 0, scope.zone)
        due = due_at(trigger, rule.at, midnight, scope.zone)
        if not question.after < due <= question.until:
            continue
        values = (_since(trigger, midnight, scope.zone), day.year, *birth_days(day))
        for row in read(question, "birthdays", words, values):
            yield build(question, row, "birthday", f"birthday:{day.year}", midnight, due)


def _since(trigger: FactTrigger, anchor_at: int, zone: str) -> int:
    """`unless` looks back to the anchor; before it, to a year earlier."""
    return calendar.shift(anchor_at, -1, "years", zone) if trigger.before else anchor_at


def _age_fits(customer: Any, year: Any, trigger: FactTrigger) -> Any:
    """Leaves out who is not born yet, and asks `years`."""
    years = year - Cast(fn.SUBSTR(customer.birthday, 1, 4), "integer")
    test = trigger.pattern.filter("years")
    return (years > 0) & sql.compare(years, test, int) if test else years > 0


def anniversaries(question: Question, read: Reader) -> Iterator[Due]:
    """Asks for anniversaries of first orders: the orders placed about now, some whole years ago."""
    rule, scope = question.rule, question.scope
    trigger = rule.trigger
    assert isinstance(trigger, FactTrigger)
    low, high = anchors_between(trigger, rule.at, question.after, question.until, scope.zone)
    for years in range(1, oldest_years(scope, high) + 1):
        test = trigger.pattern.filter("years")
        if number_fits(test, years):
            yield from _anniversary(question, read, years, low, high)


def oldest_years(scope: Scope, until: int) -> int:
    """Returns how many anniversaries the shop's first order can have had."""
    first = Order.select(fn.MIN(Order.at)).where(Order.shop == scope.shop_id).scalar()
    if first is None:
        return 0
    return calendar.local(until, scope.zone).year - calendar.local(first, scope.zone).year


def _anniversary(question: Question, read: Reader, years: int, low: int, high: int) -> Iterator[Due]:
    scope, trigger = question.scope, question.rule.trigger
    assert isinstance(trigger, FactTrigger)

    def words(asked: Question, values: tuple[Any, ...]) -> tuple[Source, Any, Any]:
        src = source("ordered")
        counts = fits(FactPattern("ordered"), src, asked.scope, bounded=True) & is_first(src, asked.scope)
        mine = src.of_shop(asked.scope.shop_id, asked.customers is not None)
        return src, mine & src.at.between(*values) & counts, src.at

    # `unless` counts from the anniversary itself, which the database cannot work out: it is the same for all rows
    # of one minute only, so rows are read without it, and those that fall due are asked again one by one.
    plain = replace(question, rule=replace(question.rule, unless=())) if question.rule.unless else question
    for row in read(plain, "anniversary", words, placed_between(low, high, years, scope.zone)):
        anchor_at = calendar.shift(row[2], years, "years", scope.zone)
        due = due_at(trigger, question.rule.at, anchor_at, scope.zone)
        if question.after < due <= question.until:
            yield from _with_unless(question, read, row, years, anchor_at, due)


def placed_between(low: int, high: int, years: int, zone: str) -> tuple[int, int]:
    """Returns between which moments an order was placed whose anniversary lies between low and high."""
    start, end = (calendar.shift(edge, -years, "years", zone) for edge in (low, high))
    near = [calendar.local(edge, zone).date() for edge in (low - DAY, low, high, high + DAY)]
    leap = any(day.month == 2 and day.day >= 28 for day in near)  # 28 and 29 February have one anniversary
    bounds = (start - 4 * DAY, end + 4 * DAY)
    return interval(
        lambda placed: calendar.shift(placed, years, "years", zone),
        low - 1,
        high,
        bounds,
        zone,
        2 * DAY if leap else 0,
    )


def _with_unless(
    question: Question, read: Reader, row: Any, years: int, anchor_at: int, due: int
) -> Iterator[Due]:
    anchor, rule = f"anniversary:{years}", question.rule
    if rule.unless:
        # A year before is the anniversary before, the first of which is the order itself: not 28 February for the 29th.
        years_back = years - 1 if rule.trigger.before else years  # type: ignore[union-attr]
        since = calendar.shift(row[2], years_back, "years", question.scope.zone)
        rows = list(read(question, "since", _that_order, (row[0], since)))
        if not rows:
            return
        row = rows[0]
    yield build(question, row, "anniversary", anchor, anchor_at, due, years=years)


def _that_order(asked: Question, values: tuple[Any, ...]) -> tuple[Source, Any, Any]:
    src, (order, since) = source("ordered"), values
    return src, src.table.id == order, since
