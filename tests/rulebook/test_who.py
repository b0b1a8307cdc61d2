"""Conditions on a customer: every leaf, and how they nest."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.rulebook.ast import (
    All,
    Any_,
    Between,
    Compare,
    Duration,
    FactPattern,
    FieldIs,
    HasConsent,
    HasFact,
    InSegment,
    Measure,
    Money,
    Not,
    OneOf,
    Unknown,
)
from tests.rulebook.words import rule


def who(written: str) -> object:
    return rule(f"when: {{ordered: any}}\nwho: {written}").who


def bare(condition: object) -> object:
    """Forgets places, so that conditions can be compared."""
    if isinstance(condition, All | Any_):
        return type(condition)(tuple(bare(part) for part in condition.parts))  # type: ignore[arg-type]
    if isinstance(condition, Not):
        return Not(bare(condition.part))  # type: ignore[arg-type]
    if isinstance(condition, HasFact):
        pattern = condition.pattern
        return HasFact(FactPattern(pattern.kind, pattern.filters), condition.within, condition.times)
    kept = {name: getattr(condition, name) for name in type(condition).__slots__ if name != "place"}
    return type(condition)(**kept)


def test_the_example_of_the_reference_is_read_whole() -> None:
    written = """
    all:
      - {country: [PL, UA], gender: female}
      - orders: ">= 2"
      - spent: {at_least: 500 PLN, within: 365 days}
      - bought: {category: cosmetics, within: 90 days, times: ">= 2"}
      - not: {bought: {category: accessories}}
      - any: [{segment: vip}, {tier: gold}, {clv: ">= 1000 PLN"}]"""
    cosmetics = FactPattern("bought", (("category", Compare("=", "cosmetics")),))
    accessories = FactPattern("bought", (("category", Compare("=", "accessories")),))
    spent = Measure("spent", Compare(">=", Money(Decimal(500), "PLN")), Duration(365, "days"))
    rich = FieldIs("clv", Compare(">=", Money(Decimal(1000), "PLN")))
    assert bare(who(written)) == All(
        (
            All((FieldIs("country", OneOf(("PL", "UA"))), FieldIs("gender", Compare("=", "female")))),
            Measure("orders", Compare(">=", 2)),
            spent,
            HasFact(cosmetics, Duration(90, "days"), Compare(">=", 2)),
            Not(HasFact(accessories)),
            Any_((InSegment("vip"), FieldIs("tier", Compare("=", "gold")), rich)),
        )
    )


@pytest.mark.parametrize(
    ("written", "condition"),
    [
        ("{city: unknown}", FieldIs("city", Unknown())),
        ("{age: '18..25'}", FieldIs("age", Between(18, 25))),
        ("{tags: [b2c, vip]}", FieldIs("tags", OneOf(("b2c", "vip")))),
        ("{attributes.shoe size: '>= 38'}", FieldIs("attributes.shoe size", Compare(">=", 38))),
        ("{signed_up: '>= 2026-01-31'}", FieldIs("signed_up", Compare(">=", "2026-01-31"))),
        ("{signed_up: unknown}", FieldIs("signed_up", Unknown())),
        ("{signed_up: any}", HasFact(FactPattern("signed_up"))),
        ("{consent: newsletter}", HasConsent("newsletter")),
        ("{consent: [newsletter, contests]}", Any_((HasConsent("newsletter"), HasConsent("contests")))),
        ("{average_order: unknown}", Measure("average_order", Unknown())),
        ("{days_since_order: '> 30'}", Measure("days_since_order", Compare(">", 30))),
        ("{open_complaints: 0}", Measure("open_complaints", Compare("=", 0))),
        (
            "{orders: {at_least: 2, at_most: 4, within: 1 year}}",
            Measure("orders", Between(2, 4), Duration(1, "years")),
        ),
        ("{chance_alive: '< 0.5'}", FieldIs("chance_alive", Compare("<", Decimal("0.5")))),
        ("{attributes.path: a..b}", FieldIs("attributes.path", Compare("=", "a..b"))),
        ("{attributes.size: 38..40}", FieldIs("attributes.size", Between(38, 40))),
        ("{rfm: 555}", FieldIs("rfm", Compare("=", 555))),
        ("{points: '>= 100'}", FieldIs("points", Compare(">=", 100))),
        ("{bought: {times: 0}}", HasFact(FactPattern("bought"), times=Compare("=", 0))),
    ],
)
def test_a_condition(written: str, condition: object) -> None:
    assert bare(who(written)) == condition
