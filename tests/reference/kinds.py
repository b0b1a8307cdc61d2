"""Which kinds of trouble a case meets: counted, so that a clean run means something."""

from __future__ import annotations

from collections import Counter

from tests.reference.play import Reference
from tests.reference.story import Seen, Story

AT_LEAST = {
    "sends something": 40, "late fact": 5, "cancellation or reinstatement": 5, "refund": 5, "changed zone or field": 5,
    "repeated or skipped hour": 5, "end of month": 5, "held release": 5, "outage": 5, "edited rule": 5, "unknown field": 5,
}  # fmt: skip  # in 100 cases


def kinds_of(story: Story, reference: Reference, seen: list[Seen]) -> set[str]:
    """Says what a case meets: in its history, or on the way to a moment within it."""
    found = {
        "sends something": any(one.outcome == "sent" for one in seen),
        "late fact": any(i.recorded_at and i.at and i.recorded_at > i.at for i in story.given),
        "cancellation or reinstatement": any(i.kind in ("cancelled", "reinstated") for i in story.given),
        "a reinstatement": any(i.kind == "reinstated" for i in story.given),
        "refund": any(i.kind == "refunded" for i in story.given),
        "changed zone or field": any(i.kind == "customer" and i.at is not None for i in story.given),
        "repeated or skipped hour": "clock change" in reference.met,
        "end of month": "end of month" in reference.met,
        "held release": "held release" in reference.met,
        "outage": bool(story.outages),
        "edited rule": len(story.texts) > 1,
        "unknown field": "unknown field" in reference.met,
        "a mail that waits": any(one.outcome == "hold" for one in seen),
        "a refusal": any(one.outcome == "refuse" for one in seen),
        "a mail that expires": any(one.outcome == "expire" for one in seen),
        "a merged mail": any(one.outcome == "sent" and int(one.reason) > 1 for one in seen),
        "a segment entered or left": any(reference.moved_by_segment.values()),
    }
    return {kind for kind, holds in found.items() if holds}


def table(counts: Counter[str], cases: int) -> list[str]:
    """The table of a run: how many cases met what, and what was asked for."""
    lines = ["| the case meets | cases | in 100 | at least |", "|---|---:|---:|---:|"]
    for kind, number in sorted(counts.items(), key=lambda pair: (pair[0] not in AT_LEAST, -pair[1])):
        lines.append(f"| {kind} | {number} | {100 * number / cases:.1f} | {AT_LEAST.get(kind, '')} |")
    return lines


def missing(counts: Counter[str], cases: int) -> list[str]:
    """The kinds that too few cases met."""
    return [kind for kind, share in AT_LEAST.items() if 100 * counts[kind] < share * cases]
