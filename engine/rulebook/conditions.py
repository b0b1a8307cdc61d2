"""Who a customer is: `who` of a rule, a segment, or `if` of a house rule."""

from __future__ import annotations

from engine.rulebook.ast import All, Any_, Condition, DueIs, FieldIs, HasConsent, HasFact, InSegment, Not
from engine.rulebook.comparisons import value_test
from engine.rulebook.durations import duration
from engine.rulebook.findings import Refused
from engine.rulebook.measures import measure
from engine.rulebook.nearest import meant
from engine.rulebook.nodes import Mapping, Node, Scalar, Sequence, mapping, several, shown, text
from engine.rulebook.patterns import fact_pattern
from engine.rulebook.scope import Scope
from engine.rulebook.values import purpose, rule_id
from engine.rulebook.vocabulary import ATTRIBUTE, FACTS, FIELDS, JOINERS, MEASURES

WINDOW = frozenset({"within", "times"})
LEAVES = (*FIELDS, "consent", "segment", *MEASURES, *FACTS, f"{ATTRIBUTE}NAME")
EXAMPLE = "{country: PL, orders: '>= 2'}"


def condition(node: Node, scope: Scope, what: str = "who") -> Condition:
    """Takes a condition: a mapping whose keys must all hold."""
    if isinstance(node, Sequence):
        raise Refused(node.place, f"{what} takes keys and values; put all: or any: before the list")
    keys = mapping(node, what, EXAMPLE)
    if not keys.pairs:
        raise Refused(node.place, f"{what} is empty; name a condition, or leave it out")
    parts: list[Condition] = []
    for key, value in keys:
        with scope.findings.gathering():
            parts.append(_part(key, value, keys, scope))
    return (
        parts[0] if len(parts) == 1 else All(tuple(parts))
    )  # fewer than written only where an error was found


def _part(key: Scalar, node: Node, keys: Mapping, scope: Scope) -> Condition:
    """Takes one key of a condition with its value."""
    name = key.text
    if name in JOINERS:
        return _joined(name, node, scope)
    if name == "consent":
        return _any_of([HasConsent(_consent(item, scope), key.place) for item in several(node)])
    if name == "segment":
        return _any_of(
            [InSegment(scope.segment(text(item, name), item.place), key.place) for item in several(node)]
        )
    if name == "due":
        return _due(key, node, scope)
    if name in MEASURES:
        return measure(key, node, scope)
    if name in FACTS and not _asks_field(name, node):
        return _has_fact(key, node, scope)
    return _field(key, node, keys, scope)


def _joined(name: str, node: Node, scope: Scope) -> Condition:
    if name == "not":
        if isinstance(node, Sequence):
            raise Refused(node.place, "not takes one condition; write not: {any: [...]} or not: {all: [...]}")
        return Not(condition(node, scope, "not"))
    if not isinstance(node, Sequence):
        raise Refused(
            node.place, f"{name} takes a list of conditions, each after a hyphen, not {shown(node)}"
        )
    parts: list[Condition] = []
    for item in several(node):
        with scope.findings.gathering():
            parts.append(condition(item, scope, name))
    return All(tuple(parts)) if name == "all" else Any_(tuple(parts))


def _any_of(parts: list[Condition]) -> Condition:
    return parts[0] if len(parts) == 1 else Any_(tuple(parts))


def _consent(node: Node, scope: Scope) -> str:
    name = purpose(text(node, "consent"), node, "consent", scope)
    if name == "transactional":
        raise Refused(node.place, "nobody consents to transactional mail: it needs no consent")
    return name


def _due(key: Scalar, node: Node, scope: Scope) -> Condition:
    if not scope.due:
        raise Refused(key.place, "due can only be asked in the if of a house rule, in policy.yaml")
    return _any_of(
        [DueIs(rule_id(text(item, "due"), item, "due", scope), key.place) for item in several(node)]
    )


def _asks_field(name: str, node: Node) -> bool:
    """Tells the field `signed_up: ">= 2026-01-01"` from the fact `signed_up: {source: shop}`."""
    return (
        name in FIELDS
        and not isinstance(node, Mapping)
        and not (isinstance(node, Scalar) and node.value == "any")
    )


def _has_fact(key: Scalar, node: Node, scope: Scope) -> Condition:
    pattern = fact_pattern(key, node, scope, skip=WINDOW)
    if not isinstance(node, Mapping):
        return HasFact(pattern, place=key.place)
    within, times = node.get("within"), node.get("times")
    window = None if within is None else duration(within, "within")
    if times is None:
        return HasFact(pattern, window, place=key.place)
    return HasFact(pattern, window, value_test(times, "count", "times", scope), key.place)


def _field(key: Scalar, node: Node, keys: Mapping, scope: Scope) -> Condition:
    name = key.text
    if name.startswith(ATTRIBUTE) and len(name) > len(ATTRIBUTE):
        return FieldIs(name, value_test(node, "property", name, scope, unknown=True), key.place)
    if name not in FIELDS:
        known = [*LEAVES, *JOINERS, *(("due",) if scope.due else ())]
        left = [word for word in known if word not in keys.names]
        raise Refused(key.place, f"unknown field or fact {name!r}{meant(name, left)}")
    return FieldIs(name, value_test(node, FIELDS[name], name, scope, unknown=True), key.place)
