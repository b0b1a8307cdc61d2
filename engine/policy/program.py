"""The policy as a program of durable-rules: a rule for each reason in RULES.md's order, then the house rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.policy.house import Conjunct, Shape, conjuncts, due_rules, take_apart
from engine.policy.model import Outcome
from engine.rulebook.ast import Policy

Definition = dict[str, Any]

CLOSED_DAY, QUIET_HOURS = 1, 2  # what `shut` says; 0 is open
LAST_MINUTE, TOO_LATE = 1, 2  # what `late` says; 0 is in time

WAITS = {"$or": [{"$gt": {"group_wait": 0}}, {"$gt": {"cap_wait": 0}}]}
HELD = {
    "$or": [{"$gt": {"house_hold": 0}}, {"on_pause": 1}, {"$gt": {"shut": 0}}, {"$and": [{"drop": 0}, WAITS]}]
}
NO_ADDRESS = {"$and": [{"customer": 1}, {"address": 0}]}
SUPPRESSED = {"$and": [{"customer": 1}, {"suppressed": 1}]}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule of the program decides: the outcome and reason, and what must be so of the candidate's event.

    `asked` marks an event that refusals are to be asked of, `free` one whose house rules are settled; where no house
    rule asks `due` of its rule, a candidate is both at once.
    """

    outcome: Outcome | None  # None: nothing refuses it so far
    reason: str | None
    candidate: tuple[Definition, ...]
    customer: Definition | None = None


VERDICTS = (
    Verdict("expire", "expired", ({"asked": 1}, {"late": TOO_LATE})),
    Verdict("refuse", "cancelled", ({"asked": 1}, {"cancelled": 1})),
    Verdict("refuse", "no_longer_matches", ({"asked": 1}, {"matches": 0})),
    Verdict("refuse", "once", ({"asked": 1}, {"once": 1})),
    Verdict("refuse", "no_address", ({"asked": 1},), NO_ADDRESS),
    Verdict("refuse", "suppressed", ({"asked": 1},), SUPPRESSED),
    Verdict("refuse", "no_consent", ({"asked": 1}, {"marketing": 1}, {"consented": 0})),
    Verdict("refuse", "house_rule", ({"free": 1}, {"$gt": {"house_refuse": 0}})),
    Verdict("expire", "expired", ({"free": 1}, {"late": LAST_MINUTE}, HELD)),
    Verdict("hold", "house_rule", ({"free": 1}, {"$gt": {"house_hold": 0}})),
    Verdict("hold", "on_pause", ({"free": 1}, {"on_pause": 1})),
    Verdict("hold", "closed_day", ({"free": 1}, {"shut": CLOSED_DAY})),
    Verdict("hold", "quiet_hours", ({"free": 1}, {"shut": QUIET_HOURS})),
    Verdict("refuse", "grouped", ({"free": 1}, {"drop": 1}, {"$gt": {"group_wait": 0}})),
    Verdict("hold", "grouped", ({"free": 1}, {"drop": 0}, {"$gt": {"group_wait": 0}})),
    Verdict("refuse", "capped", ({"free": 1}, {"drop": 1}, {"$gt": {"cap_wait": 0}})),
    Verdict("hold", "capped", ({"free": 1}, {"drop": 0}, {"$gt": {"cap_wait": 0}})),
    Verdict("refuse", "holdout", ({"free": 1}, {"marketing": 1}, {"held_out": 1})),
    Verdict("send", None, ({"free": 1},)),
    Verdict(None, None, ({"asked": 1}, {"free": 0})),
)


@dataclass(frozen=True, slots=True)
class HouseProgram:
    """One house rule as the program has it: the alternatives of its `if`, and the rules that it asks `due` of."""

    shape: Shape
    leaves: int
    alternatives: tuple[Conjunct, ...]
    due: frozenset[str]


@dataclass(frozen=True, slots=True)
class Program:
    """A ruleset's definition, and what each of its rules stands for."""

    definition: dict[str, Definition]
    verdicts: dict[str, Verdict]
    house_rules: dict[str, int]  # name of a rule of the ruleset -> index of the house rule
    houses: tuple[HouseProgram, ...]
    due_numbers: dict[str, int]  # rules that house rules ask `due` of, as the integers that facts carry


def program_of(policy: Policy) -> Program:
    """Writes a policy as a ruleset; raises PolicyFault where an `if` has too many alternatives."""
    houses = tuple(_house(rule.condition) for rule in policy.house_rules)
    asked = sorted(set().union(*(house.due for house in houses)))
    due_numbers = {rule: number for number, rule in enumerate(asked, start=1)}
    verdicts = {f"verdict_{number}": verdict for number, verdict in enumerate(VERDICTS)}
    definition = {name: _verdict_rule(verdict, pri) for pri, (name, verdict) in enumerate(verdicts.items())}
    house_rules = {}
    for index, house in enumerate(houses):
        for number, conjunct in enumerate(house.alternatives):
            name = f"house_{index}_{number}"
            house_rules[name] = index
            definition[name] = _house_rule(index, conjunct, due_numbers)
    return Program(definition, verdicts, house_rules, houses, due_numbers)


def leaf_property(house: int, leaf: int) -> str:
    """Names the property of the house fact that carries a leaf's answer: 1, 0, or -1 for unknown."""
    return f"leaf_{house}_{leaf}"


def _house(condition: Any) -> HouseProgram:
    shape, leaves = take_apart(condition)
    return HouseProgram(shape, len(leaves), conjuncts(shape), due_rules(shape))


def _verdict_rule(verdict: Verdict, pri: int) -> Definition:
    """The first that applies consumes the candidate's event, so that no later reason sees it."""
    candidate = {"candidate": {"$and": [{"candidate": 1}, *verdict.candidate]}}
    customer = [{"customer": verdict.customer}] if verdict.customer else []
    return {"pri": pri, "all": [*customer, candidate]}


def _house_rule(index: int, conjunct: Conjunct, due_numbers: dict[str, int]) -> Definition:
    leaves = [
        {leaf_property(index, part.leaf): int(part.positive)} for part in sorted(conjunct) if part.leaf >= 0
    ]
    parts: list[Definition] = [{"house": {"$and": [{"house": 1}, *leaves]} if leaves else {"house": 1}}]
    for part in sorted(conjunct):
        if part.leaf < 0:
            number = due_numbers[part.due]
            parts.append({f"due_{number}" if part.positive else f"due_{number}$not": {"due": number}})
    return {"pri": len(VERDICTS) + index, "all": parts}
