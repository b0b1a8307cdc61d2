"""Whoever objects to profiling is in no segment, has nothing foretold and is recommended nothing; and other wishes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.clock import DAY
from engine.consent.objection import objects, objects_expression
from engine.consent.wishes import OFFERED, Said, allow_profiling, object_to_profiling, pause_until, wish_fewer
from engine.outbox.draft import Draft
from engine.profile.recommend import recommended
from engine.reports.explained.shape import as_json
from engine.store import Store
from models import Customer, Event, Line, Member, Message, Shop
from tests.live.conftest import House
from tests.policy.cases import NEEDS_DURABLE_RULES
from tests.rehearsal.explaining.home import Asked, at

RULES = """
- {rule: vips, when: {ordered: any, after: 1 day}, who: {segment: vip}, send: plain}
- {rule: others, when: {ordered: any, after: 1 day}, who: {not: {segment: vip}}, send: plain}
- {rule: refill, when: {runs_out: any, before: 1 day}, send: plain}
- {rule: plainly, when: {bought: any, after: 2 days}, send: plain}
- {rule: parted, when: {leaves: vip}, send: plain}
- {rule: entered, when: {enters: vip}, send: plain}
"""


@pytest.fixture
def asked(store: Store, tmp_path: Path) -> Asked:
    """A shop with segments; Anna and Borys have ordered for enough to be very important."""
    asked = Asked(store, tmp_path)
    asked.house.write(RULES)
    asked.house.write("vip: {orders: '>= 1'}\n", "segments.yaml")
    asked.house.write("{}\n", "policy.yaml")
    asked.tick("2026-01-05 09:00")
    for name in ("anna", "borys"):
        asked.person(name, "2026-01-05 10:00")
    return asked


def by(name: str, asked: Asked) -> Said:
    customer = Customer.get(Customer.external_id == name)
    return Said(customer.shop_id, "preferences", customer.address_id)


def rules_sent(house: House) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {"anna": set(), "borys": set()}
    for rule, name in Message.select(Message.rule, Customer.external_id).join(Customer).tuples():
        found[name].add(rule)
    return found


def test_rules_take_her_for_no_member_and_what_asks_plain_facts_goes_on(asked: Asked) -> None:
    object_to_profiling(asked.house.store, by("anna", asked), at("2026-01-05 10:30"))
    for number, name in enumerate(("anna", "borys"), 1):
        asked.order(number, name, "2026-01-05 11:00")
    Line.update(runs_out_at=at("2026-01-07 12:00"), runs_out_recorded_at=at("2026-01-05 11:00")).execute()
    for when in ("2026-01-05 11:01", "2026-01-06 11:00", "2026-01-06 12:00", "2026-01-07 11:00"):
        asked.tick(when)
    assert rules_sent(asked.house) == {
        "anna": {"others", "plainly"},
        "borys": {"entered", "vips", "refill", "plainly"},
    }


def test_objecting_takes_her_out_of_segments_without_a_mail_for_leaving(asked: Asked) -> None:
    asked.order(1, "anna", "2026-01-05 11:00")
    asked.tick("2026-01-05 11:01")
    assert Member.select().count() == 1
    object_to_profiling(asked.house.store, by("anna", asked), at("2026-01-05 12:00"))
    asked.tick("2026-01-05 12:01")
    assert Member.select().count() == 0
    assert Event.select().where(Event.kind == "leaves").count() == 0
    assert "parted" not in rules_sent(asked.house)["anna"]


def test_it_holds_from_its_moment_on_and_can_be_taken_back(asked: Asked) -> None:
    anna, store, then = (
        Customer.get(Customer.external_id == "anna"),
        asked.house.store,
        at("2026-01-06 10:00"),
    )
    assert object_to_profiling(store, by("anna", asked), then) == 1
    assert object_to_profiling(store, by("anna", asked), then + 1) == 0
    assert allow_profiling(store, by("borys", asked), then) == 0  # there is nothing to take back
    allow_profiling(store, by("anna", asked), then + DAY)
    for moment, expected in ((then - 1, False), (then, True), (then + DAY - 1, True), (then + DAY, False)):
        assert objects(anna.id, moment) is expected
        found = Customer.select(Customer.external_id).where(objects_expression(Customer.id, moment)).tuples()
        assert [name for (name,) in found] == (["anna"] if expected else [])


def test_nothing_is_recommended_to_her(asked: Asked) -> None:
    for number, name in enumerate(("anna", "borys"), 1):
        asked.order(number, name, "2026-01-05 11:00")
    lines = [{"product": p, "name": p, "category": "optics/lenses", "price": "9"} for p in ("ACU", "CASE")]
    asked.person("celina", "2026-01-05 10:00")
    asked.order(3, "celina", "2026-01-05 11:05", lines=lines, total="18")
    object_to_profiling(asked.house.store, by("anna", asked), at("2026-01-05 12:00"))
    now = at("2026-01-06 12:00")
    shown = {}
    for name in ("anna", "borys"):
        who = Customer.get(Customer.external_id == name)
        mail = Draft(Shop.get().id, who.id, who.address_id, "r", "marketing", "plain", (), now, now, now)
        shown[name] = [
            product.external_id for product in recommended(mail, {"to": "bought", "count": 3}, now)
        ]
    assert shown == {"anna": [], "borys": ["CASE"]}


def test_explain_says_since_when_and_that_she_is_no_member(asked: Asked) -> None:
    asked.order(1, "anna", "2026-01-05 11:00")
    object_to_profiling(asked.house.store, by("anna", asked), at("2026-01-05 12:00"))
    pause_until(asked.house.store, by("anna", asked), at("2026-02-01 00:00"), at("2026-01-05 12:00"))
    wish_fewer(asked.house.store, by("anna", asked), OFFERED[0], at("2026-01-05 12:00"))
    told = asked.text("anna", "2026-01-06 11:00", "vips")
    assert "has objected to profiling since" in told
    assert "wants no mails until" in told
    assert "the customer's wish: 1 per 7 days" in told
    policy = as_json(asked.explained("anna", "2026-01-06 11:00"))["policy"]
    assert policy["objects_to_profiling"] == "2026-01-05T11:00:00Z"
    assert (policy["wish"], policy["paused_until"]) == ("1 per 7 days", "2026-01-31T23:00:00Z")
    assert {cap["cap"] for cap in policy["caps"]} == {"the customer's wish: 1 per 7 days"}
    before = as_json(asked.explained("anna", "2026-01-05 11:30"))["policy"]
    assert (before["objects_to_profiling"], before["wish"]) == (None, None)


# --- a pause and a cap of one's own ---------------------------------------------------------------------


def decided(house: House, name: str) -> list[tuple[str, str, str | None]]:
    from models import Decision

    who = Customer.get(Customer.external_id == name)
    rows = Decision.select(Decision.rule, Decision.outcome, Decision.reason).where(Decision.customer == who)
    return list(rows.order_by(Decision.id).tuples())


def test_a_pause_holds_and_lets_go_in_time_while_mails_about_orders_go_on(asked: Asked) -> None:
    thanks = "- {rule: thanks, when: {ordered: any}, purpose: transactional, send: plain}\n"
    asked.house.write(RULES + thanks)
    asked.tick("2026-01-05 10:10")
    pause_until(asked.house.store, by("anna", asked), at("2026-01-08 00:00"), at("2026-01-05 10:30"))
    for number, name in enumerate(("anna", "borys"), 1):
        asked.order(number, name, "2026-01-05 11:00")
    asked.tick("2026-01-05 11:01")
    asked.tick("2026-01-06 11:00")
    assert ("vips", "hold", "on_pause") in decided(asked.house, "anna")
    assert rules_sent(asked.house)["anna"] == {"thanks"}
    assert rules_sent(asked.house)["borys"] == {"thanks", "entered", "vips"}
    asked.tick("2026-01-08 00:00")
    assert "vips" in rules_sent(asked.house)["anna"]


def test_a_cap_of_her_own_holds_her_second_mail_and_nobody_elses(asked: Asked) -> None:
    for name in ("anna", "borys"):
        asked.order(1 if name == "anna" else 2, name, "2026-01-05 11:00")
    wish_fewer(asked.house.store, by("anna", asked), OFFERED[0], at("2026-01-05 11:00"))
    for when in ("2026-01-05 11:01", "2026-01-06 11:00", "2026-01-07 11:00"):
        asked.tick(when)
    assert rules_sent(asked.house)["borys"] == {"entered", "vips", "plainly"}
    assert rules_sent(asked.house)["anna"] == {"entered"}
    assert ("vips", "hold", "capped") in decided(asked.house, "anna")


@pytest.mark.parametrize("engine", [pytest.param("durable-rules", marks=NEEDS_DURABLE_RULES), "plain"])
def test_both_engines_hear_the_same_wish(engine: Any) -> None:
    from engine.consent.standing import Wish
    from engine.policy.compiled import compile_policy
    from engine.policy.decide import decide
    from engine.policy.model import Candidate, Counted, Situation
    from engine.rulebook.ast import Policy

    now = at("2026-01-07 12:00")
    one = Candidate("r", 1, "ordered:1", "marketing", 50, now - DAY, now, now + 30 * DAY, of_a_sale=True)
    policy = compile_policy(Policy(), engine=engine)
    who = {"customer_id": 1, "zone": "Europe/Warsaw", "country": "PL", "candidates": (one,), "address": "1"}

    def verdict(**more: Any) -> tuple[str, str | None, int | None, str | None]:
        (found,) = decide([Situation(**{**who, **more})], policy, now)
        return found.outcome, found.reason, found.until_at, found.because_of

    agreed = {"consents": frozenset({"marketing"})}
    assert verdict() == ("refuse", "no_consent", None, None)
    assert verdict(soft=frozenset({"marketing"})) == ("send", None, None, None)
    assert verdict(**agreed, paused_until_at=now + DAY) == ("hold", "on_pause", now + DAY, None)
    assert verdict(**agreed, paused_until_at=now) == ("send", None, None, None)
    sent = (Counted(now - DAY, "newsletter", "x"),)
    held = verdict(**agreed, wish=Wish(1, 7 * 1440), counted=sent)
    assert held == ("hold", "capped", now + 6 * DAY, "the customer's wish: 1 per 7 days")
    assert verdict(**agreed, wish=Wish(1, 1440), counted=sent) == ("send", None, None, None)
