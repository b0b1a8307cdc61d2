"""Warnings about what can never be: rules that never match, segments nobody could be in, filters nothing passes."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

from engine.rulebook.advice.possible import Search
from engine.rulebook.advice.tested import empty_filter
from engine.rulebook.advice.trigger import goals_of, known_of
from engine.rulebook.ast import (
    Compare,
    Condition,
    FactPattern,
    FactTrigger,
    HouseRule,
    OneOf,
    Rule,
    Segment,
)
from engine.rulebook.walk import patterns_in, patterns_of

FROM_OUR_MAILS = ("was_sent", "clicked")
CLICKED = "clicked"


def never_true(condition: Condition, segments: Mapping[str, Segment]) -> bool:
    """Says whether a condition can be true of nobody."""
    return not Search(segments).possible([(condition, True)], {})


def never_matches(rule: Rule, segments: Mapping[str, Segment]) -> str | None:
    """Says why nobody could ever get the mail of a rule, or None where somebody might."""
    if isinstance(rule.trigger, FactTrigger):
        name = empty_filter(rule.trigger.pattern)
        if name is not None:
            return f"{rule.id} can never match: no {rule.trigger.pattern.kind} fact has such a {name}"
    if not Search(segments).possible(goals_of(rule), {}):
        return f"{rule.id} can never match: what its who asks cannot all be true of one customer"
    if not Search(segments).possible(goals_of(rule), known_of(rule)):
        return f"{rule.id} can never match: its who contradicts what its when, unless or purpose says"
    return None


def filters_in_vain(rule: Rule) -> Iterator[str]:
    """Says which facts of `unless` and `goal` no fact can ever be."""
    for key, patterns in (("unless", rule.unless), ("goal", (rule.goal.pattern,))):
        for pattern in patterns:
            name = empty_filter(pattern)
            if name is not None:
                yield f"the {key} of {rule.id} is never met: no {pattern.kind} fact has such a {name}"


def house_rule_in_vain(house: HouseRule, segments: Mapping[str, Segment]) -> str | None:
    """Says that the `if` of a house rule can be true of nobody."""
    if not never_true(house.condition, segments):
        return None
    return f"the house rule {house.name!r} never acts: what its if asks cannot all be true of one customer"


def segment_in_vain(segment: Segment, segments: Mapping[str, Segment]) -> str | None:
    """Says that nobody can be in a segment."""
    if not never_true(segment.condition, segments):
        return None
    return f"nobody can be in {segment.name}: what it asks cannot all be true of one customer"


def chains_in_vain(rules: Mapping[str, Rule], vain: Container[str]) -> Iterator[tuple[Rule, str]]:
    """Yields the rules that wait for a mail which no rule will ever send; `vain` are those that never match."""
    able = {id_ for id_, rule in rules.items() if rule.active and id_ not in vain}
    waiting = {id_: sources for id_, rule in rules.items() if (sources := _sources(rule)) is not None}
    alive = able - set(waiting)
    while more := {id_ for id_ in able - alive if waiting[id_] & alive}:
        alive |= more
    for id_, sources in waiting.items():
        if id_ in able - alive and sources <= set(rules):
            named = " or ".join(sorted(sources))
            yield (
                rules[id_],
                f"{id_} waits for a mail of {named}, which never comes: see whether that rule is off, or waits itself",
            )


def clicks_in_vain(
    rules: Mapping[str, Rule], house: Iterable[HouseRule]
) -> Iterator[tuple[Rule | HouseRule, str]]:
    """Yields whoever asks for clicks in mails whose links nobody counts."""
    counting = {id_ for id_, rule in rules.items() if rule.clicks}
    asking: list[tuple[Rule | HouseRule, str, FactPattern]] = [
        (rule, id_, pattern) for id_, rule in rules.items() for pattern in patterns_of(rule)
    ]
    asking += [
        (each, f"the house rule {each.name!r}", p) for each in house for p in patterns_in(each.condition)
    ]
    for asker, name, pattern in asking:
        if pattern.kind != CLICKED:
            continue
        named = _named(pattern)
        if counting.isdisjoint(rules if named is None else named) and (named or frozenset()) <= set(rules):
            whose = " or ".join(sorted(named or ())) or "any rule"
            yield (
                asker,
                f"{name} asks for clicks in mails of {whose}, whose links nobody counts: write clicks: true there",
            )


def _sources(rule: Rule) -> frozenset[str] | None:
    """Returns the rules whose mails a rule waits for; None where any or none will do."""
    pattern = rule.trigger.pattern if isinstance(rule.trigger, FactTrigger) else None
    if pattern is None or pattern.kind not in FROM_OUR_MAILS:
        return None
    return _named(pattern)


def _named(pattern: FactPattern) -> frozenset[str] | None:
    test = pattern.filter("rule")
    if isinstance(test, OneOf):
        return frozenset(map(str, test.values))
    if isinstance(test, Compare) and test.operator == "=":
        return frozenset({str(test.value)})
    return None
