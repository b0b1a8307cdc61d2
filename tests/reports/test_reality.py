"""What the shop's own store says about a rulebook: nobody in a segment, goods nobody sells, names nobody told."""

from __future__ import annotations

from typing import Any

import pytest

from engine.delivery.advice import Lacking
from engine.errors import Place
from engine.loyalty.pools import add_codes
from engine.matching.view import View
from engine.reports.reality import of_the_store
from engine.rulebook.load import load_text
from engine.rulebook.vocabulary import Vocabulary
from engine.store import Store
from models import Product, Shop, ZoneInUse
from tests.web.shopful import DAY, NOW, Shopful, config

RULES = """\
- {rule: a, when: {bought: {category: optics, product: P0}, after: 9 days}, send: plain, note: x}
- {rule: b, when: {bought: {brand: Acuvu}}, unless: {bought: {category: [optics/lenses, toys]}}, send: plain, note: x}
"""
SEGMENTS = "women: {gender: female}\nbuyers: {ordered: {within: 30 days}}\nold: {age: '> 70'}\n"


@pytest.fixture
def shop(store: Store) -> Shopful:
    """A shop that sells lenses, whose customers live in Warsaw."""
    shop = Shopful()
    for zone in ("Europe/Warsaw", "Europe/Kyiv"):
        ZoneInUse.create(shop=shop.shop, zone=zone)
    fields: dict[str, Any] = {"shop": shop.shop, "recorded_at": NOW, "updated_at": NOW}
    Product.create(external_id="P7", category="optics/contact-lenses", brand="Acuvue", **fields)
    return shop


def asked(store: Store, *lacking: str) -> list[str]:
    book = load_text({"rules/rules.yaml": RULES, "rules/segments.yaml": SEGMENTS}, Vocabulary())
    assert not book.errors
    view = View(config(), config().shops[0], Shop.get().id, book, NOW, {}, store.postgresql)
    places = [Lacking(Place("templates/email/a/pl/body.txt", 3), name) for name in lacking]
    return [str(problem) for problem in of_the_store([view], places)]


def test_a_shop_without_customers_is_not_asked(store: Store, shop: Shopful) -> None:
    assert asked(store, "customer.city") == []


def test_a_segment_nobody_is_in_is_named_and_no_other(store: Store, shop: Shopful) -> None:
    anna = shop.customer("Anna", "anna", gender="female")
    anna.zone = "Europe/Kyiv"
    anna.save()
    shop.order(anna, "1", NOW - 3 * DAY, "Acuvue")
    found = [each for each in asked(store) if "nobody is in" in each]
    assert found == [
        "rules/segments.yaml:3:1: warning: nobody is in old now; see whether it asks what is meant"
    ]


def test_goods_that_no_shop_reported_are_named_with_the_nearest_word(store: Store, shop: Shopful) -> None:
    anna = shop.customer("Anna", "anna")
    shop.order(anna, "1", NOW - 3 * DAY, "Acuvue")
    found = [each.partition("warning: ")[2] for each in asked(store) if "reported" in each]
    assert found == [
        "no shop has reported the brand 'Acuvu'; did you mean 'Acuvue'?",
        "no shop has reported the category 'optics/lenses'; did you mean 'optics/contact-lenses'?",
        "no shop has reported the category 'toys'; known: optics, optics/contact-lenses",
    ]


def test_a_gap_says_how_many_customers_it_concerns(store: Store, shop: Shopful) -> None:
    for number in range(3):
        shop.customer("Anna", f"anna{number}")
    borys = shop.customer("Borys", "borys", city=None)
    borys.attributes = {"colour": "red"}
    borys.save()
    shop.customer("Celina", "celina", city=None, erased_at=NOW)
    said = asked(store, "customer.city", "customer.attributes.size", "customer.gender", "customer.first_name")
    found = [each.partition("warning: ")[2].partition(";")[0] for each in said if "is not known" in each]
    assert found == [
        "customer.city is not known of 250 in 1000 customers",
        "customer.attributes.size is not known of 250 in 1000 customers",
        "customer.gender is not known of 1000 in 1000 customers",
        "customer.first_name is not known of 0 in 1000 customers",
    ]


def test_a_pool_without_codes_is_named(store: Store, shop: Shopful) -> None:
    shop.customer("Anna", "anna")
    rule = "- {rule: gift, when: {ordered: any}, send: plain, note: x, with: {coupon: {percent: 5, pool: spring}}}\n"
    book = load_text({"rules/rules.yaml": rule}, Vocabulary())
    view = View(config(), config().shops[0], shop.shop.id, book, NOW, {}, store.postgresql)
    assert [str(problem).partition("warning: ")[2] for problem in of_the_store([view], [])] == [
        "the pool 'spring' has no codes, so gift would mail nobody; fill it: server.py coupons add spring FILE"
    ]
    add_codes(store, shop.shop.id, "spring", ["SPRING-1"], NOW)
    assert of_the_store([view], []) == []
