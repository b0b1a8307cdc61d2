"""Counts and sums over a customer's orders and complaints: `orders: ">= 2"`, `spent: {at_least: 500, within: …}`."""

from __future__ import annotations

from typing import Literal, cast

from engine.rulebook.ast import Between, Compare, Measure, Money, Test, Unknown
from engine.rulebook.comparisons import value_test
from engine.rulebook.durations import duration
from engine.rulebook.findings import Refused
from engine.rulebook.nodes import Mapping, Node, Scalar
from engine.rulebook.scope import Scope
from engine.rulebook.vocabulary import MEASURES

KEYS = ("at_least", "at_most", "within")
Name = Literal["orders", "spent", "average_order", "days_since_order", "open_complaints"]


def measure(key: Scalar, node: Node, scope: Scope) -> Measure:
    """Takes the test of a measure, alone or in braces with a window."""
    name = cast(Name, key.text)
    if isinstance(node, Mapping):
        return _in_braces(key, node, scope)
    test = value_test(node, MEASURES[name].kind, name, scope, unknown=True)
    if isinstance(test, Unknown) and not MEASURES[name].can_be_unknown:
        raise Refused(node.place, f'{name} is 0 where there is nothing, never unknown; write "= 0"')
    return Measure(name, test, place=key.place)


def _in_braces(key: Scalar, node: Mapping, scope: Scope) -> Measure:
    name = cast(Name, key.text)
    for each, _ in node:
        scope.known_key(each, KEYS, node)
    within = node.get("within")
    if within is not None and not MEASURES[name].windowed:
        raise Refused(within.place, f"{name} is as it stands now; within cannot be asked of it")
    test = _bounds(key, node, scope)
    return Measure(name, test, None if within is None else duration(within, "within"), key.place)


def _bounds(key: Scalar, node: Mapping, scope: Scope) -> Test:
    low, high = (_bound(key, node, name, scope) for name in ("at_least", "at_most"))
    if low is not None and high is not None:
        amounts = [end.amount if isinstance(end, Money) else end for end in (low, high)]
        same = not isinstance(low, Money) or (isinstance(high, Money) and low.currency == high.currency)
        if same and amounts[0] > amounts[1]:
            raise Refused(node.place, f"at_least is more than at_most, so {key.text} could never be both")
        return Between(low, high)
    if low is not None:
        return Compare(">=", low)
    if high is not None:
        return Compare("<=", high)
    raise Refused(
        node.place, f"{key.text} lacks what to compare with; write {key.text}: {{at_least: …, within: …}}"
    )


def _bound(key: Scalar, node: Mapping, name: str, scope: Scope) -> int | Money | None:
    value = node.get(name)
    if value is None:
        return None
    test = value_test(value, MEASURES[key.text].kind, name, scope)
    if isinstance(test, Compare) and test.operator == "=" and isinstance(test.value, int | Money):
        return test.value
    raise Refused(value.place, f"{name} takes one plain value, not a comparison")
