"""What a ruleset of durable-rules can hold; beyond it the C module loses rules, hangs or answers wrongly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.errors import PolicyFault
from engine.policy import ruleset
from engine.policy.house import due_rules, take_apart
from engine.policy.program import program_of
from engine.rulebook.ast import NOWHERE, HouseRule, Policy, Problem

MOST_RULES = 60  # 64 conditions true for one message, and nothing fires
NEAR_RULES = 45  # from here on a ruleset is tried in a process of its own, which costs a tenth of a second
MOST_CONDITIONS = 500  # 513 on one node, and create_ruleset never returns
MOST_ANTECEDENTS = 16
MOST_JOINS = 250
MOST_PROPERTIES = 252
COMPARISONS = ("$lt", "$lte", "$gt", "$gte", "$neq")


def policy_limits(policy: Policy) -> list[Problem]:
    """Lists where a policy is larger than its engine can hold, or asks in a circle, for `check`."""
    try:
        definition = program_of(policy).definition
    except PolicyFault as fault:
        return [Problem("error", policy.house_rules[0].place, str(fault))]
    place = policy.house_rules[-1].place if policy.house_rules else NOWHERE
    found = [Problem("error", place, words) for words in too_large(definition)]
    if not found and ruleset.missing is None and not ruleset.compiles_in_time(definition):
        found.append(
            Problem("error", place, "the rule engine cannot build this policy; use fewer house rules")
        )
    return found + [_asks_about_itself(rule) for rule in policy.house_rules if _stops_what_it_asks(rule)]


def _stops_what_it_asks(rule: HouseRule) -> bool:
    return bool(due_rules(take_apart(rule.condition)[0]) & set(rule.rules))


def _asks_about_itself(rule: HouseRule) -> Problem:
    return Problem("warning", rule.place, f"house rule {rule.name!r} stops the very rule whose `due` it asks")


def refuse_too_large(definition: Mapping[str, Any]) -> None:
    """Raises PolicyFault for a ruleset that the C module must not see; one near a limit is tried apart first."""
    found = [*too_large(definition), *unknown_references(definition)]
    if found:
        raise PolicyFault("; ".join(found))
    if len(definition) > NEAR_RULES and not ruleset.compiles_in_time(definition):
        raise PolicyFault("the rule engine cannot build this policy", remedy="use fewer house rules")


def too_large(definition: Mapping[str, Any]) -> list[str]:
    """Says in words which limits a ruleset's definition breaks."""
    conditions = [name for rule in definition.values() for name, _ in _conditions(rule["all"])]
    antecedents = max((len(rule["all"]) for rule in definition.values()), default=0)
    joins = sum(len(rule["all"]) - 1 for rule in definition.values())
    counts = (
        (len(definition), MOST_RULES, "reasons and alternatives of house rules' `if`"),
        (len(conditions), MOST_CONDITIONS, "conditions"),
        (antecedents, MOST_ANTECEDENTS, "parts in one alternative of an `if`"),
        (joins, MOST_JOINS, "joins"),
        (len(set(conditions)), MOST_PROPERTIES, "different values in conditions"),
    )
    return [
        f"the policy comes to {number} {what}; the rule engine can hold {most}"
        for number, most, what in counts
        if number > most
    ]


def unknown_references(definition: Mapping[str, Any]) -> list[str]:
    """Lists references to a message that no earlier part names; the C module takes those for always true."""
    found = []
    for name, rule in definition.items():
        known: set[str] = set()
        for part in rule["all"]:
            for alias, condition in part.items():
                for where, value in _conditions([{alias: condition}]):
                    if isinstance(value, Mapping):
                        found += [f"{name}: {where} refers to {ref!r}" for ref in value if ref not in known]
                known.add(alias.partition("$")[0])
    return found


def _conditions(parts: Any) -> Iterator[tuple[str, Any]]:
    """Walks through antecedents and yields each property compared, with what it is compared to."""
    for part in parts:
        for condition in part.values():
            yield from _compared(condition)


def _compared(condition: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in condition.items():
        if name in ("$and", "$or"):
            for inner in value:
                yield from _compared(inner)
        elif name in COMPARISONS:
            yield from value.items()
        else:
            yield name, value
