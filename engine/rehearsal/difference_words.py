"""A difference between two rulebooks, in lines for a terminal and as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.rehearsal.difference import Changed, Difference, Gain

SIGNS = {"added": "+", "on": "+", "removed": "-", "off": "-", "changed": "~", "words": "~"}
KINDS = {
    "added": "is new",
    "removed": "is gone",
    "on": "is turned on",
    "off": "is turned off",
    "changed": "is changed",
    "words": "says it in other words, to the same people",
}


def lines(found: Difference) -> list[str]:
    """Says in sentences what publishing would change in one shop."""
    said = [f"In {found.shop}:"]
    if not found:
        said.append("  nothing would change")
    for changed in found.rules:
        said += list(_rule(changed))
    if found.policy:
        said.append("  ~ policy.yaml is changed: everything that is held is asked again")
    for rule in found.broken:
        said.append(f"  ! {rule} is broken: it keeps running as last published, if it ever was (see check)")
    return said


def _rule(changed: Changed) -> Iterator[str]:
    yield f"  {SIGNS[changed.kind]} {changed.rule} {KINDS[changed.kind]}"
    if not changed.foreseen:
        yield "      it starts when a segment changes: nobody can foresee whom it concerns"
    for gain in changed.gains:
        yield f"      next {gain.days} days: {gain.gained} customers gained, {gain.lost} lost"
    if changed.gains:
        last = changed.gains[-1]
        yield from _named("gained", last.gained, last.first_gained)
        yield from _named("lost", last.lost, last.first_lost)
    if changed.held or changed.queued:
        yield f"      would be cancelled: {changed.held} held candidates, {changed.queued} queued mails"


def _named(word: str, number: int, names: tuple[str, ...]) -> Iterator[str]:
    if names:
        more = f" and {number - len(names)} more" if number > len(names) else ""
        yield f"        {word}: {', '.join(names)}{more}"


def as_json(found: Difference) -> dict[str, Any]:
    """Returns the same as plain values."""
    return {
        "shop": found.shop, "policy_changed": found.policy, "broken": list(found.broken),
        "rules": [_rule_json(each) for each in found.rules],
    }  # fmt: skip


def _rule_json(changed: Changed) -> dict[str, Any]:
    return {
        "rule": changed.rule, "change": changed.kind, "foreseen": changed.foreseen,
        "days": {str(gain.days): _gain_json(gain) for gain in changed.gains},
        "cancelled": {"held": changed.held, "queued": changed.queued},
    }  # fmt: skip


def _gain_json(gain: Gain) -> dict[str, Any]:
    return {
        "gained": gain.gained, "lost": gain.lost,
        "first_gained": list(gain.first_gained), "first_lost": list(gain.first_lost),
    }  # fmt: skip
