"""Carts and checkouts of Shopify: a cart names nobody, its checkout does, and they may come in any order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any

import pytest

from engine.clock import DAY
from engine.consent.erasure import erase
from engine.reports.everything import everything
from engine.store import Store
from models import Cart, Customer, Event
from tests.intake.optica import at
from tests.web.webhooks.shops import Systems, shopify_order, woo_order

MINE = "jon@example.com"


@pytest.fixture
def shop(store: Store) -> Systems:
    return Systems(store)


def cart(*products: int, minute: int = 0, quantity: int = 1) -> dict[str, Any]:
    """A cart as Shopify sends it: without anybody."""
    lines = [
        {"id": n, "product_id": n, "title": f"Lens {n}", "vendor": "Acuvue", "quantity": quantity}
        for n in products
    ]
    when = f"2026-05-20T12:{minute:02}:00+02:00"
    return {
        "id": "c-1",
        "token": "c-1",
        "note": None,
        "line_items": lines,
        "created_at": "2026-05-20T12:00:00+02:00",
        "updated_at": when,
    }


def checkout(*products: int, minute: int = 5, email: str | None = MINE) -> dict[str, Any]:
    """Its checkout, which knows whose cart it is."""
    return cart(*products, minute=minute) | {
        "id": 98,
        "token": "k-1",
        "cart_token": "c-1",
        "email": email,
        "completed_at": None,
    }


def facts() -> list[tuple[str, int, str, int]]:
    rows = Event.select().order_by(Event.product)
    return [(row.product, row.quantity, row.external_customer, row.at) for row in rows]


def noon(minute: int) -> int:
    return at(f"2026-05-20T10:{minute:02}:00")


def test_a_cart_of_nobody_waits_for_the_checkout_that_names_its_owner(shop: Systems) -> None:
    assert shop.shopify("carts/create", cart(1)).get_json() == {"accepted": 0, "unchanged": 0}
    assert facts() == []
    shop.shopify("checkouts/create", checkout(1))
    assert facts() == [("1", 1, f"email:{MINE}", noon(0))]  # since it was put in, not since the checkout


@pytest.mark.parametrize("order", list(permutations(range(4)))[::4])
def test_whatever_comes_first_the_facts_are_the_same(shop: Systems, order: tuple[int, ...]) -> None:
    told = [("carts/create", cart(1)), ("carts/update", cart(1, 2, minute=3)), ("checkouts/create", checkout(1, 2, minute=5)),
            ("carts/update", cart(1, 2, 3, minute=9, quantity=4))]  # fmt: skip
    for number in order:
        shop.shopify(*told[number])
        shop.shopify(*told[number])
    owner = f"email:{MINE}"
    assert facts() == [("1", 4, owner, noon(0)), ("2", 4, owner, noon(3)), ("3", 4, owner, noon(9))]


def test_what_is_taken_out_again_was_put_in_and_a_repeated_cart_changes_nothing(shop: Systems) -> None:
    shop.shopify("checkouts/update", checkout(1, 2))
    before = facts()
    shop.shopify("carts/update", cart(2, minute=9))
    assert facts() == before
    assert shop.shopify("carts/update", cart(2, minute=9)).get_json() == {"accepted": 0, "unchanged": 2}


@pytest.mark.parametrize(
    "said", [{"updated_at": "soon"}, {"updated_at": "2026-05-20T12:00:00"}, {"email": "no address"}]
)
def test_a_checkout_that_cannot_be_read_leaves_nothing(shop: Systems, said: dict[str, Any]) -> None:
    assert shop.shopify("checkouts/update", checkout(1) | said).status_code == 422
    assert (Cart.select().count(), facts()) == (0, [])


def test_whoever_is_erased_leaves_no_cart_and_whoever_asks_is_told_of_it(shop: Systems) -> None:
    shop.shopify("checkouts/update", checkout(1))
    customer = {"id": 5, "email": MINE}
    shop.shopify("orders/create", shopify_order(email=MINE, customer=customer))
    jon = Customer.get(Customer.external_id == "5")
    assert [row["token"] for row in everything(jon)["cart"]] == ["c-1"]
    erase(shop.store, jon, shop.clock.at)
    assert (Cart.select().count(), facts()) == (0, [])


def test_a_delivery_id_says_nothing_about_what_is_delivered(shop: Systems) -> None:
    """WooCommerce makes its ids of the second: two orders in one second share one, and both are orders."""
    for number in (1, 2):
        assert (
            shop.woo("order.created", woo_order(number), **{"X-WC-Webhook-Delivery-ID": "same"}).status_code
            == 200
        )
        shop.shopify("orders/create", shopify_order(number))  # all of them with the id w1
    shop.clock.at += DAY
    again = shop.woo("order.created", woo_order(1), **{"X-WC-Webhook-Delivery-ID": "another"})
    assert again.get_json() == {"accepted": 0, "unchanged": 1}


def test_a_cart_and_its_checkout_at_the_same_moment_lose_nothing_of_each_other(shop: Systems) -> None:
    """Eight times a cart and its checkout are told at once, through connections of their own."""
    for number in range(8):
        token = {"token": f"c-{number}", "cart_token": f"c-{number}"}
        told = [
            ("carts/update", cart(1, 2) | token),
            ("checkouts/create", checkout(1) | token | {"token": f"k-{number}"}),
        ]
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda each: shop.shopify(*each).status_code, told))
        assert answers == [200, 200]
        shop.shopify("carts/update", cart(1, 2, 3, minute=9) | token)
    rows = Event.select(Event.external_id).tuples()
    assert sorted(name for (name,) in rows) == sorted(
        f"cart:c-{n}:{product}" for n in range(8) for product in (1, 2, 3)
    )
