"""Conditions as phrases: what is asked, by which comparison, and the value that was there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from engine import calendar
from engine.rehearsal.explaining.model import Asked, Filter, Named
from engine.reports.explained.voices import Speaker
from engine.rulebook import describe
from engine.rulebook.ast import (
    Between,
    Compare,
    Condition,
    Duration,
    FactPattern,
    FieldIs,
    HasFact,
    Measure,
    Money,
    OneOf,
    Test,
    Unknown,
)

WORDS = {"=": "equal", "!=": "not_equal", ">": "more", ">=": "at_least", "<": "less", "<=": "at_most"}
OF_MONEY = ("spent", "average_order", "total", "price", "amount")


def subject(what: Condition | Filter, by: Speaker) -> str:
    """Names what a condition looks at, as the subject of a sentence."""
    if isinstance(what, Filter):
        name = by.say.known(f"filter.{what.name}", what.name)
        return name[:1].upper() + name[1:]
    if isinstance(what, FieldIs):
        name = what.field.removeprefix("attributes.")
        return by.say.known(f"what.{what.field}", by.say("what.attribute", name=name))
    if isinstance(what, Measure):
        return by.say(f"what.{what.name}") + _brackets(_period(what.within, by))
    assert isinstance(what, HasFact)
    facts = by.say(f"nouns.{what.pattern.kind}")
    return by.say(
        "what.facts", facts=facts + _brackets(_filters(what.pattern, by) + _period(what.within, by))
    )


def pattern(fact: FactPattern, by: Speaker) -> str:
    """Names a fact with its filters: `a purchase (category optics; the same product)`."""
    return by.say(f"noun.{fact.kind}") + _brackets(_filters(fact, by))


def _filters(fact: FactPattern, by: Speaker) -> list[str]:
    asked = [f"{by.say.known(f'filter.{name}', name)} {comparison(test, by)}" for name, test in fact.filters]
    return asked + [by.say(f"same.{what}") for what in fact.same]


def _period(within: Duration | None, by: Speaker) -> list[str]:
    return [by.say("period", duration=by.say.duration(within))] if within else []


def _brackets(parts: Sequence[str]) -> str:
    return f" ({'; '.join(parts)})" if parts else ""


def compared(what: Condition | Filter) -> Test:
    """Returns what a leaf compares with."""
    if isinstance(what, HasFact):
        return what.times
    assert isinstance(what, Filter | FieldIs | Measure)
    return what.test


def comparison(test: Test, by: Speaker) -> str:
    """Says a comparison: `at least 2`, `10 to 50`, `PL or UA`."""
    if isinstance(test, Unknown):
        return by.say("test.unknown")
    if isinstance(test, Between):
        return by.say("test.between", low=_written(test.low, by), high=_written(test.high, by))
    if isinstance(test, OneOf):
        return by.say("test.or").join(_written(value, by) for value in test.values)
    assert isinstance(test, Compare)
    return by.say(f"test.{WORDS[test.operator]}", value=_written(test.value, by))


def _written(value: Any, by: Speaker) -> str:
    """Writes a value of a rule for people: dates and numbers as the language does."""
    if isinstance(value, Money):
        return f"{value.amount} {value.currency or by.currency}"
    if isinstance(value, date):
        return by.say.day(value)
    return describe.value(value)


def value_words(asked: Asked, by: Speaker) -> str:
    """Writes the value that a leaf saw."""
    what, value = asked.what, asked.value
    name = _name(what)
    if name in OF_MONEY:
        return by.say.money(round(value), by.currency)
    if name == "days_since_order":
        days = whole_days(int(value), by.say.now if asked.at is None else asked.at, by.say.zone)
        return f"{by.say.count(days)} ({by.say('condition.last', at=by.when(int(value)))})"
    if name == "signed_up":
        return by.say.day(int(value))
    if name == "tags":
        return ", ".join(tags_of(value)) or "–"
    return by.say.count(value) if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _name(what: Any) -> str:
    if isinstance(what, Filter | Measure):
        return what.name
    return what.field if isinstance(what, FieldIs) else ""


def tags_of(value: Any) -> list[str]:
    """Reads a list of tags as either database returns it."""
    return [str(tag) for tag in (json.loads(value) if isinstance(value, str) else value)]


def whole_days(since: int, now: int, zone: str) -> int:
    """Counts whole calendar days at the same clock time, as `days_since_order` does."""
    days = (calendar.local(now, zone).date() - calendar.local(since, zone).date()).days
    return days if calendar.shift(now, -days, "days", zone) >= since else days - 1


def fact(named: Named, by: Speaker) -> str:
    """Names a fact that happened: `The purchase of Acuvue on 3 Mar, 15:00 (order 1001)`."""
    at = by.say.day(named.at) if named.kind == "birthday" else by.when(named.at)
    thing = named.name or named.product or named.rule or ""
    said = by.say.known(f"fact.{named.kind}", f"{named.kind} {at}", at=at, thing=thing)
    return said + (by.say("anchor.in_order", order=named.order) if named.order else "")
