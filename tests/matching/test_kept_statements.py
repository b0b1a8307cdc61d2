"""A rule's question is compiled once: whatever was asked before, the answer is that of a statement made for it alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.clock import DAY, HOUR, MINUTE
from engine.config import Config
from engine.matching import ask as asking
from engine.matching.due import Due, Question
from engine.matching.view import View
from engine.store import Store
from models import Customer, Shop
from tests.matching.conftest import NOON, many_customers, rulebook, view_of

RULES = """
- {rule: optics, when: {bought: {category: optics}, after: 10 days}, unless: {bought: {same: product}}, send: plain}
- {rule: product, when: {bought: {product: p1}, after: 10 days}, unless: {viewed: any}, send: plain}
- {rule: older, when: {ordered: any, after: 2 days}, who: {age: ">= 35"}, send: plain}
- {rule: lately, when: {ordered: any, after: 2 days}, who: {viewed: {product: p3, within: 50 hours}}, send: plain}
- {rule: silent, when: {delivered: any, after: 1 day}, who: {days_since_order: ">= 2"}, send: plain}
- {rule: feast, when: {birthday: any}, at: "09:00", who: {orders: ">= 1"}, send: plain}
- {rule: year, when: {anniversary: any}, unless: {ordered: any}, send: plain}
- {rule: letter, when: {every: "day at 12:00"}, who: {ordered: {within: 36 hours}}, send: plain}
- {rule: supply, when: {runs_out: any, before: 70 days}, unless: {bought: {category: optics}}, send: plain}
- {rule: points, when: {points_expire: any, after: 1 hour}, unless: {complained: any}, send: plain}
"""


def answers(view: View, after: int, customers: list[int] | None) -> list[Due]:
    found: list[Due] = []
    for rule in view.rules():
        found += asking.ask(Question(rule, view.scope("Europe/Warsaw"), after, view.now, customers))
        found += asking.ask(
            Question(rule, view.scope("Europe/Warsaw"), after, view.now, customers, filtered=False)
        )
    return sorted(found, key=lambda due: (due.rule.id, due.customer_id, due.anchor, due.holds))


def test_a_kept_statement_answers_like_one_made_anew(
    store: Store, shop: Shop, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_customers(shop, 150, every=HOUR)
    view = view_of(config, shop, rulebook(RULES), NOON, store)
    some = sorted(key for (key,) in Customer.select(Customer.id).tuples())
    asked: list[tuple[View, int, list[int] | None]] = []
    for days, customers in (
        (0, None),
        (3, None),
        (10, some[:3]),
        (11, some[2:9]),
        (12, None),
        (13, some),
        (366, None),
    ):
        now = NOON + days * DAY + 7 * MINUTE
        asked.append((replace(view, now=now), now - 20 * HOUR, customers))
    kept = [answers(*each) for each in asked + asked]
    monkeypatch.setattr(asking, "_kept", lambda *given: None)
    anew = [answers(*each) for each in asked]
    assert kept == anew + anew
    rules = {due.rule.id for found in anew for due in found if due.holds}
    assert rules == set(view.rulebook.rules), "each rule has said yes to somebody"


def test_a_rule_that_was_changed_is_not_taken_for_the_old_one(
    store: Store, shop: Shop, config: Config
) -> None:
    many_customers(shop, 30)
    before = view_of(
        config, shop, rulebook("- {rule: r, when: {bought: {product: p1}}, send: plain}"), NOON + DAY, store
    )
    after = view_of(
        config, shop, rulebook("- {rule: r, when: {bought: {product: p2}}, send: plain}"), NOON + DAY, store
    )
    for view, product in ((before, "p1"), (after, "p2"), (before, "p1")):
        assert {due.values["product"] for due in answers(view, NOON - DAY, None)} == {product}
