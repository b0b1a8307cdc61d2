"""Bought together: what goes with a lens, never what she has, and the same once a day as asked at once."""

from __future__ import annotations

import pytest

from engine.clock import DAY
from engine.profile.recommend import recommended
from engine.profile.together import find_together, refresh
from engine.store import Store
from models import Event, Line, Product, Setting, Together
from tests.outbox.shop import NOON, Optician

THREE = {"to": "bought", "count": 3}


@pytest.fixture
def optician(store: Store) -> Optician:
    """Everybody buys DROPS; who buys the lens ACU30 buys the CASE with it, or the BRUSH some weeks later."""
    shop = Optician(store)
    for key in ("ACU30", "CASE", "BRUSH", "DROPS", "BIO6"):
        Product.create(
            shop=shop.shop, external_id=key, name=key, category="optics", recorded_at=0, updated_at=0
        )
    for n in range(4):
        person = shop.customer(f"Borys{n}")
        shop.order(person, f"b{n}", NOON - 60 * DAY, ACU30=1, CASE=1)
        shop.order(person, f"d{n}", NOON - 31 * DAY, **({"BRUSH": 1} if n < 3 else {"DROPS": 1}))
    for n in range(20):
        shop.order(shop.customer(f"Celina{n}"), f"c{n}", NOON - 50 * DAY, DROPS=9)
    return shop


def shown(optician: Optician, wanted: dict[str, object] = THREE, now: int = NOON, **lines: int) -> list[str]:
    anna = optician.customer("Anna")
    order = optician.order(anna, "a1", now, **(lines or {"ACU30": 1}))
    return [row.external_id for row in recommended(optician.draft(anna, order), wanted, now)]


def test_what_is_bought_in_one_order_or_within_a_month_goes_together(optician: Optician) -> None:
    pairs = {(product, other) for product, other, _ in find_together(optician.shop.id, NOON)}
    assert {("ACU30", "CASE"), ("ACU30", "BRUSH"), ("CASE", "ACU30"), ("BRUSH", "CASE")} <= pairs


def test_what_one_customer_alone_has_bought_is_chance(optician: Optician) -> None:
    assert ("ACU30", "DROPS") not in {(a, b) for a, b, _ in find_together(optician.shop.id, NOON)}


def test_more_than_a_month_apart_is_not_together(optician: Optician) -> None:
    Line.update(at=NOON - 29 * DAY).where(Line.product == "BRUSH").execute()
    assert ("ACU30", "BRUSH") not in {(a, b) for a, b, _ in find_together(optician.shop.id, NOON)}


def test_what_was_given_back_was_not_bought(optician: Optician) -> None:
    Line.update(void_at=NOON - DAY, void_recorded_at=NOON - DAY).where(Line.product == "CASE").execute()
    assert "CASE" not in {other for _, other, _ in find_together(optician.shop.id, NOON)}


def test_only_what_was_known_then_and_the_last_year_counts(optician: Optician) -> None:
    assert find_together(optician.shop.id, NOON - 61 * DAY) == []
    assert find_together(optician.shop.id, NOON + 400 * DAY) == []


def test_a_firm_that_buys_everything_says_nothing_about_taste(optician: Optician) -> None:
    for name in ("Firm", "Other"):
        optician.order(optician.customer(name), name, NOON - DAY, **{f"P{n}": 1 for n in range(201)})
    assert "P7" not in {product for product, _, _ in find_together(optician.shop.id, NOON)}


def test_a_mail_shows_what_goes_with_it_and_then_best_sellers(optician: Optician) -> None:
    assert shown(optician) == ["CASE", "BRUSH", "DROPS"]


def test_what_she_has_ever_bought_and_what_is_gone_is_never_shown(optician: Optician) -> None:
    Product.update(stock=0).where(Product.external_id == "BRUSH").execute()
    assert shown(optician, ACU30=1, CASE=1) == ["DROPS"]


def test_once_a_day_it_is_worked_out_for_all_and_says_the_same(optician: Optician) -> None:
    at_once = {row for row in find_together(optician.shop.id, NOON, ["ACU30", "CASE"]) if row[0] == "ACU30"}
    assert refresh(optician.store, optician.shop.id, NOON) == Together.select().count()
    kept = Together.select(Together.product, Together.other, Together.weight).where(
        Together.product == "ACU30"
    )
    assert set(kept.tuples()) == at_once
    assert refresh(optician.store, optician.shop.id, NOON + 1) == 0
    assert shown(optician) == ["CASE", "BRUSH", "DROPS"]


def test_what_goes_together_no_more_is_forgotten_the_next_day(optician: Optician) -> None:
    refresh(optician.store, optician.shop.id, NOON)
    Line.update(void_at=NOON, void_recorded_at=NOON).where(Line.product == "BRUSH").execute()
    refresh(optician.store, optician.shop.id, NOON + DAY)
    assert Together.select().where((Together.other == "BRUSH") | (Together.product == "BRUSH")).count() == 0
    assert Setting.select().where(Setting.name.startswith("together:")).count() == 1


def test_a_look_finds_what_the_buyers_of_that_product_took_along(optician: Optician) -> None:
    anna = optician.customer("Anna")
    Event.create(
        shop=optician.shop,
        customer=anna,
        kind="viewed",
        at=NOON - DAY,
        recorded_at=NOON - DAY,
        product="ACU30",
    )
    draft = optician.draft(anna)
    viewed = {"to": "viewed", "count": 2}
    assert [row.external_id for row in recommended(draft, viewed, NOON)] == ["CASE", "BRUSH"]
    assert recommended(draft, viewed, NOON + 31 * DAY) == []
    assert recommended(draft, {"to": "added_to_cart", "count": 2}, NOON) == []


def test_without_an_order_in_hand_the_latest_purchases_are_looked_at(optician: Optician) -> None:
    anna = optician.customer("Anna")
    optician.order(anna, "a1", NOON - 90 * DAY, ACU30=1)
    assert [row.external_id for row in recommended(optician.draft(anna), THREE, NOON)][:2] == [
        "CASE",
        "BRUSH",
    ]


def test_a_large_shop_is_shown_best_sellers_until_the_first_night(
    optician: Optician, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.profile.recommend.SMALL", 5)
    assert shown(optician) == ["DROPS", "CASE", "BRUSH"]


def test_a_price_that_dropped_starts_from_its_own_product(optician: Optician) -> None:
    anchor = {"kind": "price_dropped", "at": NOON, "product": "ACU30"}
    draft = optician.draft(optician.customer("Anna"), anchors=(anchor,))
    for to in ("bought", "viewed"):
        assert [row.external_id for row in recommended(draft, {"to": to, "count": 2}, NOON)] == [
            "CASE",
            "BRUSH",
        ]
