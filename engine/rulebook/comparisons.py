"""How a filter or field is tested: a value, a list, a comparison in quotes, or a range."""

from __future__ import annotations

import re
from decimal import Decimal

from engine.rulebook.ast import Between, Compare, Money, OneOf, Test, Unknown, Value
from engine.rulebook.findings import Refused
from engine.rulebook.nodes import Node, Scalar, Sequence, shown
from engine.rulebook.scalars import meaning
from engine.rulebook.scope import Scope
from engine.rulebook.values import READERS
from engine.rulebook.vocabulary import ORDERED_KINDS, Kind

OPERATOR = re.compile(r"(<=|>=|!=|=|<|>)(.*)", re.DOTALL)
MISTYPED = {"==": "=", "=>": ">=", "=<": "<=", "<>": "!=", "=!": "!="}
RANGE = re.compile(r"(.+?)\.\.(.+)", re.DOTALL)


def value_test(node: Node, kind: Kind, what: str, scope: Scope, *, unknown: bool = False) -> Test:
    """Takes the test of one filter or field; `unknown` says whether the word unknown may stand for it."""
    if isinstance(node, Sequence):
        return _one_of(node, kind, what, scope)
    if not isinstance(node, Scalar) or node.value is None:
        raise Refused(node.place, f"{what} takes a value, a list or a comparison, not {shown(node)}")
    text = _text(node, kind, what)
    if unknown and text == "unknown":
        return Unknown()
    found = OPERATOR.fullmatch(text)
    if found:
        return _compare(text, found, node, kind, what, scope)
    between = RANGE.fullmatch(text) if kind in ORDERED_KINDS else None
    if between and (kind != "property" or _of_numbers(between)):
        return _between(between, node, kind, what, scope)
    return Compare("=", _plain(text, node, kind, what, scope))


def _plain(text: str, node: Scalar, kind: Kind, what: str, scope: Scope) -> Value:
    """Reads one value; a property that is quoted stays text, so that a shop can tell "38" from 38."""
    if kind == "property" and node.value is not None:
        return node.value
    return READERS[kind](text, node, what, scope)


def _text(node: Scalar, kind: Kind, what: str) -> str:
    """Returns what is written, and refuses true and false where text is meant."""
    if isinstance(node.value, bool) and kind != "property":
        raise Refused(node.place, f"{what} does not take {node.text}; put it in quotes if it is a name")
    text = node.text.strip()
    if not text:
        raise Refused(node.place, f"{what} is empty")
    return text


def _one_of(node: Sequence, kind: Kind, what: str, scope: Scope) -> OneOf:
    if not node.items:
        raise Refused(node.place, f"the list of {what} is empty; name at least one, or leave it out")
    values: list[Value] = []
    for item in node.items:
        if not isinstance(item, Scalar) or item.value is None:
            raise Refused(item.place, f"a list of {what} holds plain values, not {shown(item)}")
        text = _text(item, kind, what)
        if OPERATOR.fullmatch(text):
            raise Refused(item.place, f"a list of {what} holds plain values, not the comparison {text!r}")
        values.append(_plain(text, item, kind, what, scope))
    return OneOf(tuple(values))


def _compare(text: str, found: re.Match[str], node: Node, kind: Kind, what: str, scope: Scope) -> Compare:
    if text[:2] in MISTYPED:
        raise Refused(
            node.place, f"unknown comparison {text[:2]!r} in {what}; did you mean {MISTYPED[text[:2]]!r}?"
        )
    operator, rest = found[1], found[2].strip()
    if not rest:
        raise Refused(node.place, f"{what} compares with nothing; write a value after {operator}")
    if operator not in ("=", "!=") and kind not in ORDERED_KINDS:
        raise Refused(node.place, f"{what} is not a number; {operator} cannot be asked of it, only = and !=")
    return Compare(operator, READERS[kind](rest, node, what, scope))


def _between(found: re.Match[str], node: Node, kind: Kind, what: str, scope: Scope) -> Between:
    low = READERS[kind](found[1].strip(), node, what, scope)
    high = READERS[kind](found[2].strip(), node, what, scope)
    if isinstance(low, Money) and isinstance(high, Money):
        low, high = _same_currency(low, high)
        if low.currency == high.currency and low.amount > high.amount:
            raise Refused(node.place, f"the range of {what} runs backwards: {found[0]!r}")
    elif low > high:  # type: ignore[operator]
        raise Refused(node.place, f"the range of {what} runs backwards: {found[0]!r}")
    return Between(low, high)


def _of_numbers(found: re.Match[str]) -> bool:
    """Tells the range 1..5 of a property from a text with two points in it."""
    return all(isinstance(meaning(end.strip()), int | Decimal) for end in found.groups())


def _same_currency(low: Money, high: Money) -> tuple[Money, Money]:
    """Reads `10..50 EUR` as 10 EUR to 50 EUR."""
    return (Money(low.amount, high.currency), high) if low.currency is None else (low, high)
