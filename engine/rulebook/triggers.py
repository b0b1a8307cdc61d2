"""What starts a rule: one fact with a delay, inactive, every, date, or entering or leaving a segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from engine.rulebook.ast import Duration, FactPattern, FactTrigger, Membership, OnDate, Trigger
from engine.rulebook.durations import duration
from engine.rulebook.every import every
from engine.rulebook.findings import Refused
from engine.rulebook.nearest import article, meant, nearest
from engine.rulebook.nodes import Mapping, Node, Scalar, mapping, text
from engine.rulebook.patterns import fact_pattern
from engine.rulebook.scope import Scope
from engine.rulebook.values import wall_time
from engine.rulebook.vocabulary import DELAYS, FACTS, TRIGGERS

EXAMPLE = "{bought: {category: optics}, after: 80 days}"


@dataclass(frozen=True, slots=True)
class When:
    """A trigger as it was written; `inactive: D` stands for an order that no other order followed."""

    trigger: Trigger
    inactive: bool = False

    @property
    def anchor(self) -> FactPattern | None:
        """Returns the fact that the rule is anchored in, or None where the anchor is a moment."""
        return self.trigger.pattern if isinstance(self.trigger, FactTrigger) else None


def when(node: Node, scope: Scope) -> When:
    """Takes the mapping below `when`."""
    keys = mapping(node, "when", EXAMPLE)
    starts = [key for key, _ in keys if key.text not in DELAYS]
    for key in starts:
        _check_start(key, keys)
    if len(starts) != 1:
        raise Refused(node.place, _how_many(starts))
    key = starts[0]
    value = keys.get(key.text)
    assert value is not None
    if key.text in FACTS:
        delay, before = _delay(keys, key.text)
        return When(FactTrigger(fact_pattern(key, value, scope), delay, before))
    return _moment(key, value, keys, scope)


def _check_start(key: Scalar, keys: Mapping) -> None:
    if key.text in FACTS or key.text in TRIGGERS:
        return
    left = [word for word in (*FACTS, *TRIGGERS, *DELAYS) if word not in keys.names]
    found = nearest(key.text, left)
    noun = "fact" if found is None or found[0] in FACTS else "word"
    raise Refused(key.place, f"unknown {noun} {key.text!r} in when{meant(key.text, left)}")


def _how_many(starts: list[Scalar]) -> str:
    if not starts:
        return f"when names no fact; write it as {EXAMPLE}"
    return (
        f"when takes one fact, and here are {' and '.join(key.text for key in starts)}; write a rule for each"
    )


def _delay(keys: Mapping, kind: str) -> tuple[Duration | None, bool]:
    """Takes `after` or `before`, of which one at most may be written."""
    after, before = keys.get("after"), keys.get("before")
    if after is not None and before is not None:
        raise Refused(before.place, "when takes either after or before, not both")
    if before is None:
        return (None if after is None else duration(after, "after", zero=True)), False
    if not FACTS[kind].future:
        ahead = ", ".join(name for name, fact in FACTS.items() if fact.future)
        key = keys.key("before")
        wrong = (
            f"before needs a date that is known ahead, and {article(kind)} fact has none; these have: {ahead}"
        )
        raise Refused(key.place if key else before.place, wrong)
    return duration(before, "before", zero=True), True


def _moment(key: Scalar, value: Node, keys: Mapping, scope: Scope) -> When:
    """Takes the triggers that are no fact: they have no delay."""
    for name in DELAYS:
        delay = keys.key(name)
        if delay is not None:
            raise Refused(delay.place, f"{name} cannot be joined with {key.text}: only a fact has a delay")
    if key.text == "inactive":
        trigger = FactTrigger(FactPattern("ordered", place=key.place), duration(value, "inactive"))
        return When(trigger, inactive=True)
    if key.text == "every":
        return When(every(value))
    if key.text == "date":
        return When(OnDate(wall_time(text(value, "date"), value, "date")))
    change = cast(Literal["enters", "leaves"], key.text)
    return When(Membership(change, scope.segment(text(value, change), value.place)))
