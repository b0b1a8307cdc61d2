"""Two rules side by side: whether their moments are the same, and whether one customer can be in both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations

from engine.rulebook.advice.possible import Search, meet
from engine.rulebook.advice.tested import apart, covers
from engine.rulebook.advice.trigger import goals_of, known_of
from engine.rulebook.ast import (
    NOWHERE,
    All,
    Any_,
    Condition,
    Every,
    FactTrigger,
    HasFact,
    Membership,
    Not,
    OnDate,
    Rule,
    Segment,
)

MOST_PAIRS = 20_000  # of rules with one kind of trigger; beyond, what is left is not compared


def pairs_of_one_day(rules: Mapping[str, Rule], segments: Mapping[str, Segment]) -> list[tuple[Rule, Rule]]:
    """Lists the active rules that fall due on the same days for the same anchors and some of the same people."""
    groups: dict[object, list[Rule]] = {}
    for _, rule in sorted(rules.items()):
        if rule.active:
            groups.setdefault(_kind(rule), []).append(rule)
    pairs = [pair for group in groups.values() for pair in combinations(group, 2)]
    return [(one, two) for one, two in pairs[:MOST_PAIRS] if _meet(one, two, segments)]


def _kind(rule: Rule) -> object:
    """What two triggers must share for their moments to be the same days."""
    trigger = rule.trigger
    if isinstance(trigger, FactTrigger):
        return trigger.pattern.kind, trigger.delay, trigger.before
    if isinstance(trigger, Every):
        return "every", trigger.period
    return ("date", trigger.at.date()) if isinstance(trigger, OnDate) else trigger


def _meet(one: Rule, two: Rule, segments: Mapping[str, Segment]) -> bool:
    if one.transactional != two.transactional or not _share_a_shop(one, two):
        return False
    return _same_moments(one, two) and _same_people(one, two, segments)


def _share_a_shop(one: Rule, two: Rule) -> bool:
    return not one.shops or not two.shops or bool(set(one.shops) & set(two.shops))


def _same_moments(one: Rule, two: Rule) -> bool:
    first, second = one.trigger, two.trigger
    if isinstance(first, FactTrigger) and isinstance(second, FactTrigger):
        return covers(first.pattern, second.pattern) or covers(second.pattern, first.pattern)
    if isinstance(first, Every) and isinstance(second, Every):
        days = set(first.weekdays or first.days) & set(second.weekdays or second.days)
        return first.period == "day" or bool(days)
    return isinstance(first, OnDate | Membership)


def _same_people(one: Rule, two: Rule, segments: Mapping[str, Segment]) -> bool:
    """Says whether one customer could be asked by both and say yes to both."""
    if _told_apart(one, two) or _told_apart(two, one):
        return False
    known = meet(known_of(one), known_of(two))
    return known is not None and Search(segments).possible([*goals_of(one), *goals_of(two)], known)


def _told_apart(one: Rule, two: Rule) -> bool:
    """Says whether the anchor of one cannot be the anchor of the other."""
    first, second = one.trigger, two.trigger
    if isinstance(first, FactTrigger) and isinstance(second, FactTrigger):
        return apart(first.pattern, second.pattern)
    return False


def everybody_of(wide: Rule, narrow: Rule) -> bool:
    """Says whether everybody who fits the narrow rule's `who` surely fits the wide one's as well."""
    if wide.who is None:
        return True
    if narrow.who is None:
        return False
    asked = bare(narrow.who)
    return bare(wide.who) in (asked, *(asked.parts if isinstance(asked, All) else ()))


def bare(condition: Condition) -> Condition:
    """Returns a condition without the places where it was written, so that two can be compared."""
    if isinstance(condition, All | Any_):
        return replace(condition, parts=tuple(bare(part) for part in condition.parts))
    if isinstance(condition, Not):
        return Not(bare(condition.part))
    if isinstance(condition, HasFact):
        pattern = replace(condition.pattern, place=NOWHERE)
        return replace(condition, pattern=pattern, place=NOWHERE)
    return replace(condition, place=NOWHERE)
