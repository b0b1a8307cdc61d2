"""A shop with three customers, whose orders and lines a test places where it needs them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pytest

from engine import calendar
from engine.config import Config, read_config
from engine.matching.view import View
from engine.rulebook.ast import Rule, Rulebook
from engine.rulebook.load import load_text
from engine.rulebook.vocabulary import Vocabulary
from engine.store import Store
from models import Address, Customer, Line, Order, Shop, ZoneInUse

WARSAW = "Europe/Warsaw"


def at(wall: str, zone: str = WARSAW) -> int:
    """Returns an instant, as clocks of the zone show it."""
    return calendar.from_local(datetime.fromisoformat(wall), zone)


def book_of(text: str) -> Rulebook:
    """Reads rules, every one of which must be sound."""
    book = load_text({"rules/rules.yaml": text}, Vocabulary())
    assert not book.errors, [str(problem) for problem in book.errors]
    return book


def refill(goal: str = "", more: str = "") -> Rule:
    """The reminder of a refill, with a goal as a marketer writes it."""
    wanted = f", goal: {goal}" if goal else ""
    return book_of(
        f"- {{rule: refill, when: {{bought: any, after: 80 days}}, send: plain, note: x{wanted}{more}}}"
    ).rules["refill"]


@dataclass
class Town:
    """The shop and its people."""

    store: Store
    config: Config
    shop: Shop
    people: dict[str, Customer]

    def view(self, now: str, rule: Rule | None = None) -> View:
        """The shop at a moment, with one rule."""
        book = Rulebook({rule.id: rule} if rule else {})
        return View(self.config, self.config.shops[0], self.shop.id, book, at(now), {}, self.store.postgresql)

    def id(self, name: str) -> int:
        """A customer's key in the store."""
        return int(self.people[name].id)

    def buys(
        self, name: str, when: str, *, category: str = "optics/contact-lenses", total: int = 10_000,
        quantity: int = 1, coupon: str | None = None,
    ) -> Order:  # fmt: skip
        """Places an order of one product."""
        customer, moment = self.people[name], at(when)
        order = Order.create(
            shop=self.shop, customer=customer, external_id=f"{name} {when}", at=moment, recorded_at=moment,
            updated_at=moment, status="paid", currency="PLN", total_minor=total, reported_minor=total, coupon=coupon,
        )  # fmt: skip
        Line.create(
            shop=self.shop, order=order, customer=customer, product=f"p-{category}", at=moment, recorded_at=moment,
            category=category, brand="Acuvue", price_minor=total // quantity, quantity=quantity,
        )  # fmt: skip
        return order


@pytest.fixture
def town(store: Store) -> Town:
    sender = {"name": "Optyk", "address": "sklep@optyk.example"}
    config = read_config(
        {"shops": [{"shop": "optyk", "name": "Optyk", "sender": sender, "postal": "Kraków"}]}
    )
    shop = Shop.create(
        key="optyk", name="Optyk", timezone=WARSAW, currency="PLN", country="PL", language="pl"
    )
    people = {}
    for name, zone in (("anna", WARSAW), ("borys", "Europe/Kyiv"), ("celina", WARSAW)):
        ZoneInUse.insert(shop=shop, zone=zone).on_conflict_ignore().execute()
        address = Address.create(email=f"{name}@example.com", created_at=0)
        people[name] = Customer.create(
            shop=shop, external_id=name, address=address, zone=zone, email=f"{name}@example.com", signed_up_at=0,
            recorded_at=0, updated_at=0, first_name=name.title(),
        )  # fmt: skip
    return Town(store, config, shop, people)
