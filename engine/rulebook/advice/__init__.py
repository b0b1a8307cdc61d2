"""Warnings: what a rulebook may say, but surely does not mean. No false alarms: what cannot be told is passed over."""

from __future__ import annotations

from collections.abc import Container, Mapping

from engine.errors import Place
from engine.rulebook.advice.caps import starved, waits_in_vain
from engine.rulebook.advice.clocks import due_in_vain, in_quiet_hours, meetings, on_closed_day
from engine.rulebook.advice.never import (
    chains_in_vain,
    clicks_in_vain,
    filters_in_vain,
    house_rule_in_vain,
    never_matches,
    segment_in_vain,
)
from engine.rulebook.advice.single import (
    brings_nothing,
    goal_by_itself,
    mails_everybody,
    once_without_a_thing,
    says_nothing,
)
from engine.rulebook.advice.unfilled import asked_in_vain
from engine.rulebook.ast import Condition, DueIs, Policy, Rule, Segment
from engine.rulebook.findings import Findings


def advise(
    rules: Mapping[str, Rule], segments: Mapping[str, Segment], policy: Policy, findings: Findings,
    issues: Container[str] = (),
) -> None:  # fmt: skip
    """Adds what is odd about sound rules, segments and the policy to the findings; `issues` are the newsletters' templates."""
    vain = {id_: never_matches(rule, segments) for id_, rule in rules.items()}
    for id_, rule in rules.items():
        findings.rule = id_
        for sentence in (vain[id_], *filters_in_vain(rule), *_of_one(rule, policy)):
            _warn(findings, rule.place, sentence)
        _warn_of_unfilled(findings, rule.who, id_)
    regular = {id_: rule for id_, rule in rules.items() if not vain[id_] and rule.send not in issues}
    _of_several(rules, {id_ for id_ in vain if vain[id_]}, regular, segments, policy, findings)
    for asker, sentence in clicks_in_vain(rules, policy.house_rules):
        findings.rule = asker.id if isinstance(asker, Rule) else None
        findings.warning(asker.place, sentence)
    findings.rule = None
    for segment in segments.values():
        _warn(findings, segment.place, segment_in_vain(segment, segments))
        _warn_of_unfilled(findings, segment.condition, f"the segment {segment.name}")
    for house in policy.house_rules:
        _warn(findings, house.place, house_rule_in_vain(house, segments))
        _warn_of_unfilled(findings, house.condition, f"the house rule {house.name!r}")
    for leaf, sentence in due_in_vain(rules, policy):
        assert isinstance(leaf, DueIs)
        findings.warning(leaf.place, sentence)


def _of_one(rule: Rule, policy: Policy) -> tuple[str | None, ...]:
    return (
        mails_everybody(rule),
        says_nothing(rule),
        once_without_a_thing(rule),
        brings_nothing(rule),
        goal_by_itself(rule),
        in_quiet_hours(rule, policy),
        on_closed_day(rule, policy),
        waits_in_vain(rule, policy),
    )


def _of_several(
    rules: Mapping[str, Rule], vain: set[str], regular: Mapping[str, Rule], segments: Mapping[str, Segment],
    policy: Policy, findings: Findings,
) -> None:  # fmt: skip
    """Compares rules with one another: what never matches, or mails only where an issue is written, gets in nobody's way."""
    found = (*chains_in_vain(rules, vain), *starved(regular, policy), *meetings(regular, segments, policy))
    for rule, sentence in found:
        findings.rule = rule.id
        findings.warning(rule.place, sentence)


def _warn_of_unfilled(findings: Findings, condition: Condition | None, asker: str) -> None:
    for leaf, sentence in asked_in_vain(condition, asker):
        findings.warning(leaf.place, sentence)


def _warn(findings: Findings, place: Place, sentence: str | None) -> None:
    if sentence:
        findings.warning(place, sentence)
