"""Candidates, customers and policies for the tests, with everything allowed unless a test says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from engine.calendar import from_local
from engine.clock import DAY
from engine.policy.compiled import Engine, compile_policy, engine_name
from engine.policy.decide import decide
from engine.policy.model import Candidate, Counted, Decision, Situation
from engine.rulebook.ast import Cap, Compare, Condition, Group, HouseRule, Measure, Policy

WARSAW = "Europe/Warsaw"
DAYS = 24 * 60  # in minutes
ENGINES: tuple[Engine, ...] = ("durable-rules", "plain")
NEEDS_DURABLE_RULES = pytest.mark.skipif(
    engine_name() == "plain", reason="durable-rules cannot be imported on this machine"
)
COMPLAINT = Measure("open_complaints", Compare(">=", 1))


def at(text: str, zone: str = WARSAW) -> int:
    """Reads `2026-11-18 12:00` in a zone."""
    return from_local(datetime.fromisoformat(text), zone)


NOON = at("2026-11-18 12:00")  # a Wednesday


def mail(rule: str = "refill", anchor: str = "order:1", **but: Any) -> Candidate:
    """A marketing candidate that is due at NOON and worth sending for a week."""
    due_at = but.pop("due_at", NOON)
    given = {
        "rule": rule,
        "customer_id": 1,
        "anchor": anchor,
        "purpose": "marketing",
        "priority": 50,
        "anchor_at": due_at - 80 * DAY,
        "due_at": due_at,
        "expires_at": due_at + 7 * DAY,
    }
    return Candidate(**{**given, **but})


def anna(*candidates: Candidate, **but: Any) -> Situation:
    """A customer in Warsaw who consented to everything and can be reached."""
    given = {
        "customer_id": 1,
        "zone": WARSAW,
        "country": "PL",
        "address": "anna@example.com",
        "consents": frozenset({"marketing", "newsletter"}),
    }
    return Situation(**{**given, **but, "candidates": candidates})


def sent(when: int, rule: str = "earlier", purpose: str = "marketing") -> Counted:
    """A message that counts against caps."""
    return Counted(when, purpose, rule)


def per(at_most: int, days: int, purpose: str | None = None) -> Cap:
    """A cap in days."""
    return Cap(at_most, days * DAYS, purpose)


def group(name: str, rules: Sequence[str], at_most: int, days: int) -> Group:
    """A group in days."""
    return Group(name, tuple(rules), at_most, days * DAYS)


def stops(
    action: str,
    condition: Condition,
    *,
    rules: Sequence[str] = (),
    purposes: Sequence[str] = (),
    name: str = "house",
) -> HouseRule:
    """A house rule."""
    return HouseRule(name, condition, action, tuple(purposes), tuple(rules))  # type: ignore[arg-type]


def decided(engine: Engine, policy: Policy, *situations: Situation, now: int = NOON) -> list[Decision]:
    """Decides with a freshly compiled policy."""
    return decide(situations, compile_policy(policy, engine=engine), now)


def only(engine: Engine, policy: Policy, situation: Situation, now: int = NOON) -> Decision:
    """Decides about a single candidate."""
    (decision,) = decided(engine, policy, situation, now=now)
    return decision


def summary(decisions: Sequence[Decision]) -> dict[str, tuple[str, str | None]]:
    """Outcome and reason by rule; several anchors of one rule overwrite each other."""
    return {d.candidate.rule: (d.outcome, d.reason) for d in decisions}
