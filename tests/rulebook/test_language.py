"""The language of the reference, part by part: what a marketer writes and what the engine is told."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from engine.rulebook.ast import (
    Between,
    Compare,
    Duration,
    Every,
    FactPattern,
    FactTrigger,
    Goal,
    HasFact,
    Membership,
    Money,
    Once,
    OnDate,
    OneOf,
)
from engine.rulebook.vocabulary import FACTS
from tests.rulebook.words import complaints, rule


def trigger(when: str) -> FactTrigger:
    found = rule(f"when: {when}").trigger
    assert isinstance(found, FactTrigger)
    return found


def test_a_rule_of_three_lines_has_every_default() -> None:
    found = rule("when: {ordered: any}")
    assert (found.id, found.title, found.note, found.active, found.purpose) == (
        "win-back",
        "win-back",
        "",
        True,
        "marketing",
    )
    assert (found.priority, found.unless, found.who, found.with_, found.at) == (50, (), None, {}, None)
    assert (found.once, found.expires, found.when_capped) == (Once(), Duration(7, "days"), "hold")
    assert (found.goal, found.holdout, found.variants, found.shops) == (Goal(), 0, {}, ())
    assert found.trigger == FactTrigger(FactPattern("ordered", place=found.trigger.pattern.place))  # type: ignore[union-attr]


def test_every_key_of_a_rule_is_taken() -> None:
    found = rule(
        """
        title: Come back
        note: after half a year
        active: false
        purpose: contests
        priority: 80
        when: {ordered: any, after: 6 months}
        unless: [{bought: any}, {viewed: any, searched: any}]
        with:
          coupon: {percent: 10 per cent, valid: 2 weeks}
          recommend: {to: bought, count: 5}
          survey: nps
          points: 50
        at: 09:30
        once: per 30 days
        expires: 36 hours
        when_capped: drop
        goal: {bought: {category: optics}, within: 14 days}
        holdout: "10"
        variants: {a: 50, b: 150}
        shops: [optics, books]
        """.replace("\n        ", "\n")
    )
    assert (found.title, found.note, found.active) == ("Come back", "after half a year", False)
    assert (found.purpose, found.priority, found.at, found.when_capped) == ("contests", 80, 570, "drop")
    assert [each.kind for each in found.unless] == ["bought", "viewed", "searched"]
    assert found.with_["coupon"] == {"percent": 10, "valid": Duration(2, "weeks")}
    assert (found.with_["recommend"], found.with_["survey"], found.with_["points"]) == (
        {"to": "bought", "count": 5},
        "nps",
        50,
    )
    assert (found.once, found.expires) == (Once("window", Duration(30, "days")), Duration(36, "hours"))
    assert (found.goal.pattern.kind, found.goal.within) == ("bought", Duration(14, "days"))
    assert (found.holdout, found.variants, found.shops) == (10, {"a": 50, "b": 150}, ("books", "optics"))


@pytest.mark.parametrize("kind", FACTS)
def test_every_fact_can_start_a_rule_and_be_asked(kind: str) -> None:
    delay = "before: 3 days" if FACTS[kind].future else "after: 3 days"
    found = trigger(f"{{{kind}: any, {delay}}}")
    assert (found.pattern.kind, found.delay, found.before) == (kind, Duration(3, "days"), FACTS[kind].future)
    who = rule(f"when: {{ordered: any}}\nwho: {{{kind}: {{within: 30 days, times: '>= 2'}}}}").who
    assert isinstance(who, HasFact)
    assert (who.pattern.kind, who.within, who.times) == (kind, Duration(30, "days"), Compare(">=", 2))


@pytest.mark.parametrize(
    ("written", "test"),
    [
        ("50", Compare("=", Money(Decimal(50)))),
        ("49.90", Compare("=", Money(Decimal("49.90")))),
        ("50 EUR", Compare("=", Money(Decimal(50), "EUR"))),
        ('">= 50 EUR"', Compare(">=", Money(Decimal(50), "EUR"))),
        ('"<50"', Compare("<", Money(Decimal(50)))),
        ('"!= 50"', Compare("!=", Money(Decimal(50)))),
        ('"10..50"', Between(Money(Decimal(10)), Money(Decimal(50)))),
        ('"10 .. 50 EUR"', Between(Money(Decimal(10), "EUR"), Money(Decimal(50), "EUR"))),
        ("[50, 60 EUR]", OneOf((Money(Decimal(50)), Money(Decimal(60), "EUR")))),
    ],
)
def test_an_amount_is_a_value_a_list_a_comparison_or_a_range(written: str, test: object) -> None:
    assert trigger(f"{{ordered: {{total: {written}}}}}").pattern.filter("total") == test


def test_filters_of_every_kind_are_read_as_what_they_are() -> None:
    found = trigger(
        "{bought: {product: 4711, category: [optics, cosmetics/skin], brand: '!= Acuvue', quantity: '2..5'}}"
    )
    assert found.pattern.filters == (
        ("brand", Compare("!=", "Acuvue")),
        ("category", OneOf(("optics", "cosmetics/skin"))),
        ("product", Compare("=", "4711")),
        ("quantity", Between(2, 5)),
    )
    assert trigger("{price_dropped: {percent: '>= 10%'}}").pattern.filter("percent") == Compare(">=", 10)
    assert trigger("{reviewed: {rating: '< 3.5'}}").pattern.filter("rating") == Compare("<", Decimal("3.5"))


def test_an_event_has_whatever_properties_the_shop_reports() -> None:
    found = trigger("{event: {name: booked, seats: '>= 2', paid: true, code: '07'}}").pattern
    assert dict(found.filters) == {
        "name": Compare("=", "booked"),
        "seats": Compare(">=", 2),
        "paid": Compare("=", True),
        "code": Compare("=", "07"),
    }


@pytest.mark.parametrize(
    "written", ["1 day", "1 days", "24 hours", "0 days", "80 minutes", "3 weeks", "6 months", "2 years"]
)
def test_a_delay_is_one_number_and_one_unit_singular_or_plural(written: str) -> None:
    amount, unit = written.split()
    found = trigger(f"{{ordered: any, after: {written}}}").delay
    assert found == Duration(int(amount), unit if unit.endswith("s") else f"{unit}s")  # type: ignore[arg-type]


def test_inactive_is_an_order_that_no_other_order_followed() -> None:
    found = rule("when: {inactive: 180 days}\nunless: {complained: any}")
    assert isinstance(found.trigger, FactTrigger)
    assert (found.inactive, found.trigger.pattern.kind, found.trigger.delay) == (
        True,
        "ordered",
        Duration(180, "days"),
    )
    assert [each.kind for each in found.unless] == ["ordered", "complained"]


@pytest.mark.parametrize(
    ("written", "every"),
    [
        ("day at 09:00", Every("day", 540)),
        ("monday at 10:00", Every("week", 600, weekdays=(0,))),
        ('"sunday, monday at 10:00"', Every("week", 600, weekdays=(0, 6))),
        ("month on 5 at 10:00", Every("month", 600, days=(5,))),
        ('"month on 25, 15, 5 at 10:00"', Every("month", 600, days=(5, 15, 25))),
        ("month on last at 18:00", Every("month", 1080, days=(0,))),
    ],
)
def test_moments_that_come_round(written: str, every: Every) -> None:
    assert rule(f"when: {{every: {written}}}\nwho: {{orders: 1}}").trigger == every


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-11-27 10:00", datetime(2026, 11, 27, 10)),
        ("2026-11-27T10:00", datetime(2026, 11, 27, 10)),
        ("2026-11-27", datetime(2026, 11, 27)),
    ],
)
def test_a_date_with_or_without_a_clock_time(written: str, at: datetime) -> None:
    assert rule(f"when: {{date: {written}}}\nwho: {{orders: 1}}").trigger == OnDate(at)


def test_entering_and_leaving_a_segment() -> None:
    assert rule("when: {enters: vip}").trigger == Membership("enters", "vip")
    assert rule("when: {leaves: vip}").trigger == Membership("leaves", "vip")


def test_same_ties_a_fact_to_what_the_anchor_has() -> None:
    found = rule("when: {bought: any, after: 8 days}\nunless: {refunded: {same: [product, order]}}")
    assert found.unless[0].same == ("order", "product")
    found = rule("when: {ordered: any, after: 8 days}\nunless: {delivered: {same: order}}")
    assert found.unless[0].same == ("order",)
    found = rule("when: {event: {name: tested}, after: 8 days}\nunless: {ordered: {same: brand}}")
    assert found.unless[0].same == ("brand",)


def test_same_category_is_good_where_when_names_one() -> None:
    text = "- rule: a\n  when: {refunded: %s}\n  unless: {bought: {same: category}}\n  send: win-back\n"
    assert complaints(text % "{category: optics}") == []
    assert complaints(text % "any") == [
        "rules/rules.yaml:3:27: same: category cannot be asked here: the anchor, refunded, has no category"
    ]
