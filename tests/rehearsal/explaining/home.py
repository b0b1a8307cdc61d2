"""An optician's home to ask: rules of every kind, a policy, and customers who are told of day by day."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from engine.clock import instant
from engine.intake.customers import accept_customers
from engine.intake.orders import accept_orders
from engine.policy.compiled import CompiledPolicy
from engine.policy.history import Draw
from engine.rehearsal.explaining.explain import Asking, explain
from engine.rehearsal.explaining.model import AnchorAsked, Explained, RuleAsked
from engine.reports.explained.tell import speaker_of, text
from engine.store import Store
from models import Customer, Shop
from tests.live.conftest import House, new_house

RULES = """
- {rule: thanks, when: {ordered: any}, purpose: transactional, send: plain}
- rule: refill
  title: Time for new lenses
  when: {bought: {category: optics, price: ">= 50"}, after: 80 days}
  unless: {bought: {same: category}}
  who: {all: [{country: PL}, {any: [{orders: ">= 2"}, {not: {gender: male}}]}]}
  at: "10:00"
  send: plain
- {rule: away, when: {ordered: any, after: 10 days}, who: {days_since_order: ">= 20"}, send: plain}
- {rule: recent, when: {ordered: any, after: 1 day}, who: {spent: {at_least: 100 PLN, within: 30 days}}, send: plain}
- {rule: birthday, when: {birthday: any}, at: "09:00", send: plain}
- {rule: letter, purpose: newsletter, when: {every: "monday at 10:00"}, who: {consent: newsletter, age: ">= 30"}, send: plain}
- {rule: welcome, purpose: newsletter, when: {enters: regulars}, send: plain}
- {rule: asleep, active: false, when: {ordered: any}, send: plain}
"""
SEGMENTS = 'regulars: {orders: ">= 2"}\n'
POLICY = """
caps: [{at_most: 1 per 3 days}]
groups: [{group: reminders, rules: [refill, recent], at_most: 1 per 14 days}]
quiet_hours: {from: "21:00", to: "08:00"}
house_rules:
  - {name: peace, if: {open_complaints: ">= 1"}, hold: [marketing]}
  - {name: refill first, if: {due: refill}, refuse: {rules: [away]}}
"""


def at(text_: str) -> int:
    """Reads a moment of Warsaw."""
    return instant(datetime.fromisoformat(text_).replace(tzinfo=ZoneInfo("Europe/Warsaw")))


START = at("2026-01-01 12:00")


class Asked:
    """The home, its shop's news, and explanations of what it holds."""

    def __init__(self, store: Store, folder: Path) -> None:
        (folder / "templates").mkdir()
        self.house: House = new_house(store, folder, RULES, START)
        self.house.write(SEGMENTS, "segments.yaml")
        self.house.write(POLICY, "policy.yaml")
        self.house.tick(START)
        self.draw = Draw(b"k" * 32)

    def person(self, key: str, when: str, **fields: Any) -> None:
        """Somebody of whom the shop tells; with consent to marketing unless said otherwise."""
        told = {"id": key, "email": f"{key}@example.com", "updated_at": _iso(when), "language": "en"} | fields
        told.setdefault("consent", {"marketing": {"granted": True, "at": _iso(when), "source": "checkout"}})
        accept_customers(self.house.store, self.house.config, Shop.get(), [told], at(when))

    def order(self, number: int, key: str, when: str, learned: str | None = None, **more: Any) -> None:
        """One order of lenses, learned when it was placed unless said otherwise; nothing is said of consent."""
        price, category = more.pop("price", "60"), more.pop("category", "optics/lenses")
        line = {"product": "ACU", "name": "Acuvue 30", "category": category, "quantity": 1, "price": price}
        body = {"id": str(number), "placed_at": _iso(when), "updated_at": _iso(learned or when), "total": price,
                "currency": "PLN", "lines": [line], "customer": {"id": key}} | more  # fmt: skip
        accept_orders(self.house.store, self.house.config, Shop.get(), [body], at(learned or when))

    def tick(self, when: str) -> None:
        """Lets the clock go on to a moment."""
        self.house.tick(at(when))

    def explained(self, key: str, when: str, *rules: str, now: str | None = None) -> Explained:
        """Explains some rules, or all, at a moment."""
        live, policy = self.house.live, self.house.live.policy
        assert isinstance(policy, CompiledPolicy)
        view = live.view(Shop.get(), at(when))
        asking = Asking(self.house.store, view, policy, self.draw, at(now or when))
        chosen = [rule for id_, rule in live.rulebook.rules.items() if not rules or id_ in rules]
        return explain(asking, Customer.get(Customer.external_id == key), chosen)

    def rule(self, key: str, when: str, rule: str) -> RuleAsked:
        """Explains one rule."""
        (found,) = self.explained(key, when, rule).rules
        return found

    def anchor(self, key: str, when: str, rule: str) -> AnchorAsked:
        """Explains the rule's latest anchor."""
        return self.rule(key, when, rule).anchors[0]

    def text(self, key: str, when: str, *rules: str, language: str = "en") -> str:
        """Tells it in sentences."""
        found = self.explained(key, when, *rules)
        return text(found, speaker_of(found, language, "PLN"))

    def with_control_group(self) -> None:
        """Puts everybody into the control group."""
        policy = self.house.live.policy
        assert policy is not None
        self.house.live.policy = replace(policy, policy=replace(policy.policy, control_group=100))


def _iso(when: str) -> str:
    return datetime.fromisoformat(when).replace(tzinfo=ZoneInfo("Europe/Warsaw")).isoformat()
