"""Ways through conditions and rules: every leaf, every fact that is named, every segment that is asked."""

from __future__ import annotations

from collections.abc import Iterator

from engine.rulebook.ast import (
    All,
    Any_,
    Condition,
    FactPattern,
    FactTrigger,
    HasFact,
    InSegment,
    Membership,
    Not,
    Rule,
)


def leaves(condition: Condition | None) -> Iterator[Condition]:
    """Yields every part that is not all, any or not, in the order written."""
    if isinstance(condition, All | Any_):
        for part in condition.parts:
            yield from leaves(part)
    elif isinstance(condition, Not):
        yield from leaves(condition.part)
    elif condition is not None:
        yield condition


def segments_asked(condition: Condition | None) -> Iterator[InSegment]:
    """Yields the segments that a condition names itself, not those that its segments name."""
    return (leaf for leaf in leaves(condition) if isinstance(leaf, InSegment))


def patterns_of(rule: Rule) -> Iterator[FactPattern]:
    """Yields every fact that a rule names: when, unless, who and goal."""
    if isinstance(rule.trigger, FactTrigger):
        yield rule.trigger.pattern
    yield from rule.unless
    yield from patterns_in(rule.who)
    yield rule.goal.pattern


def patterns_in(condition: Condition | None) -> Iterator[FactPattern]:
    """Yields every fact that a condition names."""
    return (leaf.pattern for leaf in leaves(condition) if isinstance(leaf, HasFact))


def segments_of(rule: Rule) -> Iterator[str]:
    """Yields the segments that a rule names in when and who."""
    if isinstance(rule.trigger, Membership):
        yield rule.trigger.segment
    yield from (leaf.segment for leaf in segments_asked(rule.who))
