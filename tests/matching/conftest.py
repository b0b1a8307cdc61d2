"""A shop with some hundred customers, as matching sees it."""

from __future__ import annotations

import pytest

from engine.clock import DAY, MINUTE, SECOND
from engine.config import Config, read_config
from engine.matching.view import View
from engine.rulebook.ast import Rulebook
from engine.rulebook.load import load_text
from engine.rulebook.vocabulary import Vocabulary
from engine.store import Store
from models import Address, Customer, Event, Line, Order, Shop, ZoneInUse

NOON = 1_767_265_200 * SECOND  # 2026-01-01 12:00 in Warsaw


@pytest.fixture
def config() -> Config:
    sender = {"name": "Optyk", "address": "sklep@optyk.example"}
    shop = {"shop": "optyk", "name": "Optyk", "sender": sender, "postal": "Optyk, ul. Szeroka 14, Kraków"}
    return read_config({"shops": [shop]})


@pytest.fixture
def shop(store: Store) -> Shop:
    return Shop.create(
        key="optyk", name="Optyk", timezone="Europe/Warsaw", currency="PLN", country="PL", language="pl"
    )


def rulebook(text: str) -> Rulebook:
    """Reads rules; every one must be sound."""
    book = load_text({"rules/rules.yaml": text}, Vocabulary())
    assert not book.errors, [str(problem) for problem in book.errors]
    return book


def view_of(config: Config, shop: Shop, book: Rulebook, now: int, store: Store) -> View:
    """The shop at `now`, all rules acting since ever."""
    since = dict.fromkeys(book.rules, 0)
    return View(config, config.shops[0], shop.id, book, now, since, store.postgresql)


KINDS = ("complained", "viewed", "price_dropped", "points_expire")


def many_customers(shop: Shop, count: int, every: int = 10 * MINUTE) -> None:
    """One order with one line for each customer, one after the other, and events of each."""
    ZoneInUse.create(shop=shop, zone="Europe/Warsaw")
    Address.insert_many([{"email": f"c{n}@example.com", "created_at": 0} for n in range(count)]).execute()
    addresses = {row.email: row.id for row in Address.select()}
    Customer.insert_many([
        {"shop": shop, "external_id": f"c{n}", "address": addresses[f"c{n}@example.com"], "zone": "Europe/Warsaw",
         "signed_up_at": 0, "recorded_at": 0, "updated_at": 0, "birthday": f"1990-{n % 12 + 1:02}-{n % 28 + 1:02}",
         "birth_day": (n % 12 + 1) * 100 + n % 28 + 1, "tags": [], "attributes": {}}
        for n in range(count)
    ]).execute()  # fmt: skip
    ids = {row.external_id: row.id for row in Customer.select()}
    Order.insert_many([
        {"shop": shop, "customer": ids[f"c{n}"], "external_id": f"o{n}", "at": NOON + n * every, "recorded_at": NOON + n * every,
         "updated_at": NOON, "status": "paid", "currency": "PLN", "total_minor": 1000, "reported_minor": 1000,
         "delivered_at": NOON + DAY + n * every, "delivered_recorded_at": NOON + DAY + n * every}
        for n in range(count)
    ]).execute()  # fmt: skip
    orders = {row.external_id: row for row in Order.select()}
    Line.insert_many([
        {"shop": shop, "order": orders[f"o{n}"].id, "customer": orders[f"o{n}"].customer_id, "product": f"p{n % 7}",
         "at": orders[f"o{n}"].at, "recorded_at": orders[f"o{n}"].at, "category": "optics/contact-lenses", "brand": "Acuvue",
         "price_minor": 1000, "quantity": 1, "refunded_quantity": 0, "runs_out_at": orders[f"o{n}"].at + 80 * DAY,
         "runs_out_recorded_at": orders[f"o{n}"].at}
        for n in range(count)
    ]).execute()  # fmt: skip
    Event.insert_many([
        {"shop": shop, "customer": ids[f"c{n}"], "external_id": f"{kind}{n}", "kind": kind, "at": NOON + n * every,
         "recorded_at": NOON + n * every, "product": f"p{n % 7}", "properties": {}}
        for n in range(count) for kind in KINDS
    ]).execute()  # fmt: skip
