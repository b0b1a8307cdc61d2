"""A shop that leaves: its system asks that all be forgotten, which is done after some days unless it comes back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.clock import DAY
from engine.config import Config
from engine.config_shops import Shopify, Webhooks
from engine.consent.erasure import erase
from engine.intake.forgetting import GRACE, forget
from engine.store import Store
from models import Customer, Order, Product, Source
from tests.web.webhooks.shops import HOOKED, SHOPIFY, Systems, shopify_order, woo_order

LEFT = {"shop_id": 954889, "shop_domain": "optica.myshopify.com"}


@pytest.fixture
def shop(store: Store) -> Systems:
    return Systems(store)


def hooked(webhooks: Webhooks) -> Config:
    return HOOKED.model_copy(update={"shops": (HOOKED.shops[0].model_copy(update={"webhooks": webhooks}),)})


def forgotten(shop: Systems, config: Config = HOOKED) -> int:
    return forget(config, shop.clock.at, lambda customer: erase(shop.store, customer, shop.clock.at))


def test_a_shop_that_has_left_is_forgotten_after_a_week_and_not_before(shop: Systems) -> None:
    for number in range(3):
        shop.shopify(
            "orders/create",
            shopify_order(number + 1, customer={"id": number + 1, "email": f"c{number}@example.com"}),
        )
    assert shop.shopify("shop/redact", LEFT).status_code == 200
    shop.clock.at += GRACE - 1
    assert (forgotten(shop), Order.select().count()) == (0, 3)
    shop.shopify("shop/redact", LEFT)  # said again, it is not put off
    shop.clock.at += 1
    assert (forgotten(shop), Order.select().count()) == (3, 0)
    assert Customer.select().where(Customer.erased_at.is_null()).count() == 0
    assert (forgotten(shop), Source.get().redact_at) == (0, None)


def test_a_shop_that_comes_back_is_not_forgotten(shop: Systems) -> None:
    shop.shopify("shop/redact", LEFT)
    shop.shopify("orders/create", shopify_order())
    shop.clock.at += 30 * DAY
    assert (forgotten(shop), Order.select().count()) == (0, 1)


def test_nobody_is_forgotten_whose_system_the_operator_has_taken_out(shop: Systems) -> None:
    shop.shopify("orders/create", shopify_order())
    shop.shopify("shop/redact", LEFT)
    shop.clock.at += GRACE
    assert (forgotten(shop, hooked(Webhooks())), Order.select().count()) == (0, 1)


def test_an_app_of_many_shops_speaks_here_for_one_alone(store: Store) -> None:
    one = hooked(Webhooks(shopify=Shopify(secrets=(SHOPIFY,), domain="optica.myshopify.com")))
    shop = Systems(store)
    shop.app.extensions["regulars"] = replace(shop.app.extensions["regulars"], config=one)
    for domain, status in (
        ("optica.myshopify.com", 200),
        ("Optica.myshopify.com", 200),
        ("other.myshopify.com", 401),
        (None, 401),
    ):
        headers: dict[str, Any] = {} if domain is None else {"X-Shopify-Shop-Domain": domain}
        assert shop.shopify("orders/create", shopify_order(), **headers).status_code == status
    assert (Source.get().denied, Order.select().count()) == (2, 1)


def test_what_a_shop_has_deleted_cannot_be_had_any_more(shop: Systems) -> None:
    shop.shopify(
        "products/update",
        {"id": 632910392, "title": "IPod", "updated_at": "2026-05-01T00:00:00+02:00", "variants": []},
    )
    shop.woo("product.updated", {"id": 93, "name": "Acuvue", "date_modified_gmt": "2026-05-01T10:00:00"})
    shop.shopify("products/delete", {"id": 632910392})
    shop.woo("product.deleted", {"id": 93})
    shop.woo("product.deleted", {"id": 9999})
    assert {row.external_id: row.stock for row in Product.select()} == {"632910392": 0, "93": 0}


def test_a_variation_is_no_product_and_a_buyer_made_unknown_is_nobody(shop: Systems) -> None:
    assert (
        "ignored" in shop.woo("product.updated", {"id": 94, "parent_id": 93, "type": "variation"}).get_json()
    )
    shop.woo("order.created", woo_order())
    billing = {"first_name": "[deleted]", "email": "deleted@site.invalid"}
    unknown = woo_order(customer_id=0, billing=billing, date_modified_gmt="2026-05-30T10:00:00")
    assert "ignored" in shop.woo("order.updated", unknown).get_json()
    assert (Customer.select().count(), Product.select().where(Product.external_id == "94").count()) == (1, 0)
