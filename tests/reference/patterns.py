"""Which fact fits a pattern, and whether a value passes a test: true, false or None for unknown."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.rulebook.ast import Between, Compare, FactPattern, Money, OneOf, Test, Unknown
from tests.reference.facts import RATES, Fact

AMOUNTS = ("price", "total", "amount", "spent", "average_order")
OPERATORS = {
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip


def passes(name: str, value: Any, test: Test) -> bool | None:
    """Asks a test of a field or filter; a value of None is not known."""
    if isinstance(test, Unknown):
        return value is None
    if value is None:
        return None
    if isinstance(test, OneOf):
        return any(_compare(name, value, "=", each) for each in test.values)
    if isinstance(test, Between):
        return _compare(name, value, ">=", test.low) and _compare(name, value, "<=", test.high)
    assert isinstance(test, Compare)
    return _compare(name, value, test.operator, test.value)


def _compare(name: str, value: Any, operator: str, wanted: Any) -> bool:
    if name == "category":
        within = value == wanted or value.startswith(f"{wanted}/")
        return within if operator == "=" else not within
    if name == "tags":
        return (wanted in value) if operator == "=" else wanted not in value
    if name in AMOUNTS or isinstance(wanted, Money):
        return OPERATORS[operator](Decimal(value), _hundredths(wanted))
    return OPERATORS[operator](value, wanted)


def _hundredths(wanted: Any) -> Decimal:
    if isinstance(wanted, Money):
        return wanted.amount * 100 * (RATES[wanted.currency] if wanted.currency else 1)
    return Decimal(wanted) * 100


def fits(pattern: FactPattern, fact: Fact, anchor: Fact | None = None, named: Test | None = None) -> bool:
    """Says whether a fact is of the pattern's kind, passes its filters and is tied to the anchor as it says.

    `named` is the category that the rule's `when` names: what `same: category` means then.
    """
    if fact.kind != pattern.kind:
        return False
    if not all(_passes(fact, name, test) for name, test in pattern.filters):
        return False
    return all(anchor is not None and _same(word, fact, anchor, named) for word in pattern.same)


def _passes(fact: Fact, name: str, test: Test) -> bool:
    if fact.kind == "refunded" and name != "amount":
        return any(passes(name, line.get(name), test) for line in fact.goods)
    return bool(passes(name, fact.values.get(name), test))


def _same(word: str, fact: Fact, anchor: Fact, named: Test | None) -> bool:
    if word == "order":
        return fact.order is not None and fact.order == anchor.order
    own = anchor.values.get(word)
    test = (
        named if word == "category" and named is not None else Compare("=", own) if own is not None else None
    )
    if test is None:
        return False
    if fact.kind in ("bought", "viewed", "added_to_cart") or not fact.goods:
        return bool(passes(word, fact.values.get(word), test))
    return any(passes(word, line.get(word), test) for line in fact.goods)
