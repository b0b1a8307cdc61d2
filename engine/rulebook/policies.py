"""policy.yaml: caps, quiet hours, closed days, groups, house rules and the control group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from engine.rulebook.ast import Cap, Group, HouseRule, Policy
from engine.rulebook.conditions import condition
from engine.rulebook.durations import clock_time, per_cent, rate
from engine.rulebook.findings import Refused
from engine.rulebook.nearest import meant
from engine.rulebook.nodes import Mapping, Node, Sequence, boolean, mapping, several, text
from engine.rulebook.scope import Scope
from engine.rulebook.values import purpose, rule_id
from engine.rulebook.vocabulary import POLICY_KEYS, WEEKDAYS

CAP = "{at_most: 1 per 3 days}"
GROUP = "{group: come-back, rules: [win-back], at_most: 1 per 60 days}"
HOUSE = "{name: peace, if: {open_complaints: '>= 1'}, hold: [marketing]}"
FREE = "transactional mail is never capped or held"


def read_policy(node: Node, scope: Scope) -> Policy | None:
    """Reads a policy from the mapping of policy.yaml or of a rule test; None where anything in it is wrong."""
    before = scope.findings.errors
    found: dict[str, Any] = {}
    with scope.findings.gathering():
        keys = mapping(node, "a policy", "caps, quiet_hours or house_rules")
        for key, value in keys:
            with scope.findings.gathering():
                found.update(READERS[scope.known_key(key, POLICY_KEYS, keys)](value, scope))
    return None if scope.findings.errors > before else Policy(**found)


def _each(
    node: Node, scope: Scope, read: Callable[[Node, Scope], Any], what: str, example: str
) -> tuple[Any, ...]:
    """Reads the items of a list one by one, so that each is refused for itself."""
    if not isinstance(node, Sequence):
        raise Refused(node.place, f"{what} takes a list, each item after a hyphen, as - {example}")
    found: list[Any] = []
    for item in node.items:
        with scope.findings.gathering():
            found.append(read(item, scope))
    return tuple(found)


def _purpose_of(node: Node, scope: Scope) -> str:
    name = purpose(text(node, "purpose"), node, "purpose", scope)
    if name == "transactional":
        raise Refused(node.place, f"{FREE}, unless a house rule names its rule")
    return name


def _cap(node: Node, scope: Scope) -> Cap:
    keys = mapping(node, "a cap", CAP)
    for key, _ in keys:
        scope.known_key(key, ("at_most", "purpose"), keys)
    at_most, window = rate(_needed(keys, "at_most", CAP), "at_most")
    named = keys.get("purpose")
    return Cap(at_most, window, None if named is None else _purpose_of(named, scope), keys.place)


def _needed(keys: Mapping, name: str, example: str) -> Node:
    node = keys.get(name)
    if node is None:
        raise Refused(keys.place, f"{name} is missing; write it as {example}")
    return node


def _group(node: Node, scope: Scope) -> Group:
    keys = mapping(node, "a group", GROUP)
    for key, _ in keys:
        scope.known_key(key, ("group", "rules", "at_most"), keys)
    name = text(_needed(keys, "group", GROUP), "group")
    rules = _rules(_needed(keys, "rules", GROUP), scope)
    return Group(name, rules, *rate(_needed(keys, "at_most", GROUP), "at_most"), keys.place)


def _rules(node: Node, scope: Scope) -> tuple[str, ...]:
    return tuple(sorted({rule_id(text(item, "rules"), item, "rules", scope) for item in several(node)}))


def _house_rule(node: Node, scope: Scope) -> HouseRule:
    keys = mapping(node, "a house rule", HOUSE)
    for key, _ in keys:
        scope.known_key(key, ("name", "if", "hold", "refuse"), keys)
    name = text(_needed(keys, "name", HOUSE), "name")
    asked = _needed(keys, "if", HOUSE)
    acts = [word for word in ("hold", "refuse") if word in keys.names]
    if len(acts) != 1:
        wrong = "both hold and refuse" if acts else "neither hold nor refuse"
        raise Refused(keys.place, f"the house rule {name!r} has {wrong}; it takes one of them")
    scope.due = True
    try:
        test = condition(asked, scope, "if")
    finally:
        scope.due = False
    action: Literal["hold", "refuse"] = "hold" if acts[0] == "hold" else "refuse"
    purposes, rules = _targets(_needed(keys, action, HOUSE), action, scope)
    return HouseRule(name, test, action, purposes, rules, keys.place)


def _targets(node: Node, action: str, scope: Scope) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Takes whom a house rule concerns: purposes in a list, or rules and purposes in braces."""
    if not isinstance(node, Mapping):
        return tuple(dict.fromkeys(_purpose_or_rule(item, action, scope) for item in several(node))), ()
    for key, _ in node:
        scope.known_key(key, ("rules", "purposes"), node)
    if not node.pairs:
        raise Refused(node.place, f"{action} names nothing; write {{rules: [...]}}, or purposes in a list")
    purposes, rules = node.get("purposes"), node.get("rules")
    named = (
        () if purposes is None else tuple(_purpose_or_rule(item, action, scope) for item in several(purposes))
    )
    return tuple(dict.fromkeys(named)), () if rules is None else _rules(rules, scope)


def _purpose_or_rule(node: Node, action: str, scope: Scope) -> str:
    """Takes a purpose; a rule's id in its place is a mistake with a remedy of its own."""
    written = text(node, action)
    if written not in scope.vocabulary.purposes and written in (scope.rules or ()):
        remedy = f"write {action}: {{rules: [{written}]}}"
        raise Refused(node.place, f"{written!r} is a rule, and a bare list names purposes; {remedy}")
    return _purpose_of(node, scope)


def _quiet(node: Node, scope: Scope) -> dict[str, Any]:
    example = '{from: "21:00", to: "08:00"}'
    keys = mapping(node, "quiet_hours", example)
    for key, _ in keys:
        scope.known_key(key, ("from", "to"), keys)
    start, end = (clock_time(_needed(keys, name, example), name) for name in ("from", "to"))
    if start == end:
        raise Refused(keys.place, "quiet_hours begin and end at one time; leave them out, or name two")
    return {"quiet_hours": (start, end)}


def _closed(node: Node, scope: Scope) -> dict[str, Any]:
    keys = mapping(node, "closed", "{weekdays: [sunday], holidays: true}")
    for key, _ in keys:
        scope.known_key(key, ("weekdays", "holidays"), keys)
    weekdays, holidays = keys.get("weekdays"), keys.get("holidays")
    days = () if weekdays is None else tuple(sorted({_weekday(item) for item in several(weekdays)}))
    if weekdays is not None and len(days) == len(WEEKDAYS):
        raise Refused(
            weekdays.place, "every day is closed, so that nothing could ever be sent; leave one open"
        )
    return {
        "closed_weekdays": days,
        "closed_holidays": holidays is not None and boolean(holidays, "holidays"),
    }


def _weekday(node: Node) -> int:
    word = text(node, "weekdays")
    if word not in WEEKDAYS:
        raise Refused(node.place, f"unknown weekday {word!r}{meant(word, WEEKDAYS)}")
    return WEEKDAYS.index(word)


def _unique(found: tuple[Any, ...], what: str, scope: Scope) -> tuple[Any, ...]:
    first: dict[str, Any] = {}
    for each in found:
        if each.name in first:
            line = first[each.name].place.line
            scope.findings.error(each.place, f"the {what} {each.name!r} is already written in line {line}")
        first.setdefault(each.name, each)
    return found


READERS: dict[str, Callable[[Node, Scope], dict[str, Any]]] = {
    "caps": lambda node, scope: {"caps": _each(node, scope, _cap, "caps", CAP)},
    "quiet_hours": _quiet,
    "closed": _closed,
    "groups": lambda node, scope: {
        "groups": _unique(_each(node, scope, _group, "groups", GROUP), "group", scope)
    },
    "house_rules": lambda node, scope: {
        "house_rules": _unique(_each(node, scope, _house_rule, "house_rules", HOUSE), "house rule", scope)
    },
    "control_group": lambda node, scope: {"control_group": per_cent(node, "control_group")},
}
