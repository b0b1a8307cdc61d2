"""What a test of the language lets through, as values that can be compared with those of another test."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from engine.rulebook.advice.stretches import (
    HIGHEST,
    LOWEST,
    ZERO,
    Branches,
    Stretches,
    Values,
    Words,
    points,
    stretch,
)
from engine.rulebook.ast import Between, Compare, FactPattern, Money, OneOf, Test, Unknown, Value
from engine.rulebook.vocabulary import FACTS, Kind

WHOLE: frozenset[Kind] = frozenset({"count", "date"})
NUMBERS: frozenset[Kind] = frozenset({"money", "count", "number", "percent", "date"})
LEAST = {"number": 1, "quantity": 1}  # the first order is number 1, and nobody buys nothing


def values_of(test: Test, kind: Kind) -> tuple[str, Values] | None:
    """Returns what a test lets through, and the unit it speaks of; None where nothing can be told.

    Tests of different units (two currencies, a number and a text) say nothing about one another.
    """
    if isinstance(test, Unknown):
        return None
    written = _written(test)
    units = {_unit(value, kind) for value in written}
    if len(units) != 1:
        return None
    unit = units.pop()
    if kind == "path":
        return unit, Branches(frozenset(map(str, written)), _allowed(test))
    if unit != "number" and kind not in NUMBERS:
        return unit, Words(frozenset(written), _allowed(test))
    return unit, _stretches(test, kind)


def _written(test: Compare | Between | OneOf) -> tuple[Value, ...]:
    if isinstance(test, OneOf):
        return test.values
    return (test.low, test.high) if isinstance(test, Between) else (test.value,)


def _allowed(test: Test) -> bool:
    return not (isinstance(test, Compare) and test.operator == "!=")


def _unit(value: Value, kind: Kind) -> str:
    if isinstance(value, Money):
        return value.currency or "the shop's"
    if kind == "property" and not isinstance(value, bool) and isinstance(value, int | Decimal):
        return "number"
    return type(value).__name__ if kind == "property" else kind


def _stretches(test: Compare | Between | OneOf, kind: Kind) -> Stretches:
    whole = kind in WHOLE
    if isinstance(test, OneOf):
        return points([_number(value) for value in test.values], whole=whole)
    if isinstance(test, Between):
        return stretch((_number(test.low), 0), (_number(test.high), 1), whole=whole)
    at = _number(test.value)
    found = {
        "=": ((at, 0), (at, 1)), "!=": ((at, 0), (at, 1)),
        "<": (LOWEST, (at, 0)), "<=": (LOWEST, (at, 1)), ">": ((at, 1), HIGHEST), ">=": ((at, 0), HIGHEST),
    }[test.operator]  # fmt: skip
    inside = stretch(*found, whole=whole)
    return inside.without() if test.operator == "!=" else inside


def _number(value: Value) -> Decimal | int:
    if isinstance(value, Money):
        return value.amount
    if isinstance(value, str):
        return date.fromisoformat(value).toordinal()
    assert isinstance(value, int | Decimal)
    return value


def filter_values(fact: str, name: str, test: Test) -> tuple[str, Values] | None:
    """Returns what a filter lets through of what there can be: the number of an order begins with 1."""
    kind = FACTS[fact].filters.get(name, "property")
    found = values_of(test, kind)
    if found is None or not isinstance(found[1], Stretches) or kind not in ("count", "percent", "money"):
        return found
    floor = stretch((LEAST.get(name, 0), 0), whole=kind == "count")
    return found[0], found[1].meet(floor)


def empty_filter(pattern: FactPattern) -> str | None:
    """Names a filter that no fact can ever pass."""
    for name, test in pattern.filters:
        found = filter_values(pattern.kind, name, test)
        if found is not None and found[1].empty:
            return name
    return None


def covers(general: FactPattern, special: FactPattern) -> bool:
    """Says whether every fact of the special pattern is surely one of the general."""
    if general.kind != special.kind or not set(general.same) <= set(special.same):
        return False
    return all(_covers(special, name, test) for name, test in general.filters)


def _covers(special: FactPattern, name: str, test: Test) -> bool:
    asked = special.filter(name)
    if asked is None:
        return False
    if asked == test:
        return True
    one, other = filter_values(special.kind, name, asked), filter_values(special.kind, name, test)
    if one is None or other is None or one[0] != other[0] or type(one[1]) is not type(other[1]):
        return False
    return one[1].inside(other[1])  # type: ignore[arg-type]


def apart(one: FactPattern, other: FactPattern) -> bool:
    """Says whether no fact can be of both patterns."""
    if one.kind != other.kind:
        return True
    return any(_apart(one.kind, name, test, other.filter(name)) for name, test in one.filters)


def _apart(kind: str, name: str, test: Test, asked: Test | None) -> bool:
    if asked is None:
        return False
    first, second = filter_values(kind, name, test), filter_values(kind, name, asked)
    if first is None or second is None or first[0] != second[0] or type(first[1]) is not type(second[1]):
        return False
    return first[1].meet(second[1]).empty  # type: ignore[arg-type]


COUNTS = stretch(ZERO, whole=True)
