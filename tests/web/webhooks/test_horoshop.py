"""Horoshop puts what it tells at an address that holds a secret: orders and customers, tried again for a long while."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from engine.config import ConfigError, read_config
from engine.config_shops import Horoshop, Webhooks
from engine.intake.sources import rehearse
from engine.store import Store
from models import Customer, Order, Source
from tests.intake.optica import at, lines_of, the_customer, the_order
from tests.web.webhooks.shops import HOOKED, Systems

SECRET, FORMER = "horoshop-secret-0123456789", "horoshop-former-0123456789"


class Hooks(Systems):
    """Puts what Horoshop puts."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        hooks = Webhooks(horoshop=Horoshop(secrets=(SECRET, FORMER), statuses={"7": "shipped"}))
        shop = HOOKED.shops[0].model_copy(
            update={"webhooks": hooks, "timezone": "Europe/Kyiv", "currency": "UAH"}
        )
        self.config = HOOKED.model_copy(update={"shops": (shop,)})
        self.app.extensions["regulars"] = replace(self.app.extensions["regulars"], config=self.config)

    def put(self, event: str, sent: Any, secret: str = SECRET) -> TestResponse:
        body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        return self.client.put(
            f"/webhooks/optica/horoshop/{secret}/{event}", data=body, content_type="application/json"
        )


@pytest.fixture
def shop(store: Store) -> Hooks:
    return Hooks(store)


def order(**said: Any) -> dict[str, Any]:
    """Oksana's order as `orders/get` shows one."""
    return {
        "order_id": 1021, "user": 17, "stat_created": "2026-05-20 12:00:00", "stat_status": 1, "payed": 0, "currency": "UAH",
        "delivery_name": "Оксана Коваль", "delivery_email": "oksana@example.com", "delivery_phone": "+380501112233",
        "delivery_city": "Львів", "total_default": 1000, "total_sum": 900.5, "total_quantity": 3, "coupon_code": "ЛІТО",
        "products": [
            {"article": "ACU-30", "title": "Лінзи", "price": 400, "quantity": 2, "total_price": 720.4},
            {"article": "SOL-1", "title": "Розчин", "price": "180.10", "quantity": 1},
        ],
    } | said  # fmt: skip


def test_an_order_comes_in_the_shops_own_time_and_money(shop: Hooks) -> None:
    assert shop.put("order_created", order()).get_json() == {"accepted": 1, "unchanged": 0}
    found = the_order("1021")
    assert (found.status, found.total_minor, found.coupon, found.at) == (
        "pending",
        90050,
        "ЛІТО",
        at("2026-05-20T12:00:00+03:00"),
    )
    assert {name: (line.quantity, line.price_minor) for name, line in lines_of("1021").items()} == {
        "ACU-30": (2, 36020), "SOL-1": (1, 18010)}  # fmt: skip
    oksana = the_customer("17")
    assert (oksana.email, oksana.first_name, oksana.last_name, oksana.city) == (
        "oksana@example.com",
        "Оксана",
        "Коваль",
        "Львів",
    )


@pytest.mark.parametrize(
    ("said", "ours"),
    [({"stat_status": 2}, "pending"), ({"payed": 1}, "paid"), ({"stat_status": 6}, "shipped"), ({"stat_status": 3}, "delivered"),
     ({"stat_status": 4}, "cancelled"), ({"stat_status": 7}, "shipped")],
)  # fmt: skip
def test_every_status_is_one_of_ours(shop: Hooks, said: dict[str, Any], ours: str) -> None:
    assert shop.put("order_update", order(**said)).status_code == 200
    assert the_order("1021").status == ours


def test_what_is_tried_again_for_long_undoes_nothing(shop: Hooks) -> None:
    shop.put("order_paid", order(payed=1))
    shop.clock.at += 60_000_000
    shop.put("order_update", order(payed=1, stat_status=3))
    shop.clock.at += 60_000_000
    shop.put("order_created", order())
    assert (the_order("1021").status, Order.select().count()) == ("delivered", 1)


def test_who_signs_up_or_changes_is_learned(shop: Hooks) -> None:
    for event, city in (("user_signup", "Київ"), ("user_update", "Львів")):
        user = {
            "id": 17,
            "title": "Оксана Коваль",
            "email": "oksana@example.com",
            "phone": "+380501112233",
            "city": city,
        }
        assert shop.put(event, user).status_code == 200
    assert (the_customer("17").city, Customer.select().count()) == ("Львів", 1)


def test_two_secrets_hold_and_a_wrong_one_is_only_counted(shop: Hooks) -> None:
    assert shop.put("order_created", order(), FORMER).status_code == 200
    for secret in ("horoshop-secret-012345678", "x", SECRET.upper(), "ż" * 30):
        assert shop.put("order_update", order(stat_status=4), secret).status_code == 401
    assert (the_order("1021").status, Source.get().denied) == ("pending", 4)


def test_a_dropped_subscription_is_told_and_only_by_who_knows_the_secret(shop: Hooks) -> None:
    assert shop.client.delete(f"/webhooks/optica/horoshop/{SECRET}/order_paid").status_code == 200
    assert "has dropped its subscription to order_paid" in Source.get().error
    assert shop.client.delete("/webhooks/optica/horoshop/not-the-secret-at-all/order_paid").status_code == 401


def test_other_hooks_and_addresses_lead_nowhere(shop: Hooks) -> None:
    assert "ignored" in shop.put("comments_created", {"id": 1}).get_json()
    assert shop.put("order_lost", order()).status_code == 404
    assert (
        shop.client.post(f"/webhooks/optica/horoshop/{SECRET}/order_created", json=order()).status_code == 405
    )


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [({"stat_status": 99}, "/stat_status"), ({"stat_created": "yesterday"}, "/stat_created"), ({"total_sum": None}, "/total_sum"),
     ({"products": 5}, "/products"), ({"products": [{"quantity": 1, "price": 1}]}, "/products/0/article"),
     ({"order": 5}, "/order")],
)  # fmt: skip
def test_a_field_that_cannot_be_read_is_named(shop: Hooks, changed: dict[str, Any], pointer: str) -> None:
    answer = shop.put("order_update", order(**changed))
    assert (answer.status_code, [each["pointer"] for each in answer.get_json()["errors"]]) == (422, [pointer])
    assert Order.select().count() == 0


def test_a_test_event_is_understood(shop: Hooks) -> None:
    assert rehearse(shop.store, shop.config, shop.shop, "horoshop", shop.clock.at) is None


def test_a_secret_that_would_need_escaping_or_is_short_is_refused() -> None:
    shops = [{"shop": "optica", "name": "Optica", "postal": "Optica, Kraków", "sender": {"name": "O", "address": "o@example.com"},
              "webhooks": {"horoshop": {"secrets": ["short"]}}}]  # fmt: skip
    with pytest.raises(ConfigError, match=r"webhooks\.horoshop\.secrets\.0"):
        read_config({"shops": shops})
