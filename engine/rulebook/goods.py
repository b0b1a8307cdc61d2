"""What a rulebook says of a shop's goods, so that somebody who knows them can tell a misspelt brand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.errors import Place
from engine.rulebook.ast import Compare, FactPattern, OneOf, Rulebook
from engine.rulebook.walk import patterns_in, patterns_of

GOODS = ("product", "category", "brand")


@dataclass(frozen=True, slots=True)
class NamedGood:
    """One product, category or brand as a rule, segment or house rule names it."""

    kind: str
    value: str
    place: Place
    rule: str | None = None  # None in a segment or house rule


def named_goods(rulebook: Rulebook) -> list[NamedGood]:
    """Lists every product, category and brand that the rulebook names, by kind and value."""
    found = [
        good
        for rule in rulebook.rules.values()
        for each in patterns_of(rule)
        for good in _named(each, rule.id)
    ]
    conditions = [segment.condition for segment in rulebook.segments.values()]
    conditions += [house.condition for house in rulebook.policy.house_rules]
    found += [good for each in conditions for pattern in patterns_in(each) for good in _named(pattern, None)]
    return sorted(set(found), key=lambda good: (good.kind, good.value, str(good.place)))


def _named(pattern: FactPattern, rule: str | None) -> Iterator[NamedGood]:
    for kind in GOODS:
        test = pattern.filter(kind)
        values = (
            test.values if isinstance(test, OneOf) else (test.value,) if isinstance(test, Compare) else ()
        )
        for value in values:
            yield NamedGood(kind, str(value), pattern.place, rule)
