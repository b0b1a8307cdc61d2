"""When time alone may change the answer of a condition: found by going through minutes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from engine.rulebook.ast import (
    All,
    Any_,
    Between,
    Compare,
    Condition,
    Duration,
    FieldIs,
    HasFact,
    InSegment,
    Measure,
    Not,
    OneOf,
    Test,
)  # fmt: skip
from tests.reference.conditions import Question
from tests.reference.moments import DAY, HOUR, MINUTE, add, wall, whole

COMING = ("birthday", "anniversary")


@lru_cache(maxsize=20_000)
def leaves(at: int, window: Duration, zone: str) -> int:
    """The first minute in which a window that ends then no longer holds a moment."""
    slack = 5 * DAY if window.unit in ("months", "years") else 3 * HOUR
    minute = whole(add(at, window, zone) - slack)
    step = HOUR if slack > DAY else MINUTE
    while add(minute + step, window, zone, -1) < at:
        minute += step
    while add(minute, window, zone, -1) < at:
        minute += MINUTE
    return minute


def edges(question: Question, condition: Condition, until: int) -> Iterator[int]:
    """Yields moments at which a condition may change for a customer, those of the past among them."""
    for leaf in _leaves(question, condition):
        if isinstance(leaf, HasFact):
            yield from _of_fact(question, leaf, until)
        elif isinstance(leaf, FieldIs) and leaf.field == "age":
            yield from (fact.at for fact in _coming(question, "birthday", until))
        elif isinstance(leaf, Measure) and leaf.name == "days_since_order":
            for days in _numbers(leaf.test):
                for order in question.known.orders:
                    yield add(order.at, Duration(days, "days"), question.zone)
                    yield add(order.at, Duration(days + 1, "days"), question.zone)
        elif isinstance(leaf, Measure) and leaf.within:
            yield from (leaves(order.at, leaf.within, question.zone) for order in question.known.orders)


def _leaves(question: Question, condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, All | Any_):
        for part in condition.parts:
            yield from _leaves(question, part)
    elif isinstance(condition, Not):
        yield from _leaves(question, condition.part)
    elif isinstance(condition, InSegment):
        yield from _leaves(question, question.asking.segments[condition.segment].condition)
    else:
        yield condition


def _of_fact(question: Question, leaf: HasFact, until: int) -> Iterator[int]:
    kind = leaf.pattern.kind
    facts = _coming(question, kind, until) if kind in COMING else question.known.facts
    for fact in facts:
        if fact.kind == kind:
            yield fact.at
            if leaf.within:
                yield leaves(fact.at, leaf.within, question.zone)


def _coming(question: Question, kind: str, until: int) -> list:
    years = [wall(at, question.zone).year for at in (question.now, until)]
    if kind == "birthday":
        return question.known.birthdays(years[0] - 1, years[1], question.now)
    return question.known.anniversaries(years[1], question.now)


def _numbers(test: Test) -> list[int]:
    if isinstance(test, Compare):
        return [int(test.value)]  # type: ignore[arg-type]
    if isinstance(test, Between):
        return [int(test.low), int(test.high)]  # type: ignore[arg-type]
    return [int(each) for each in test.values] if isinstance(test, OneOf) else []  # type: ignore[arg-type]
