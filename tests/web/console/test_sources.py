"""The page of sources: what marketers and operators see of each, and what they can do there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from engine.store import Store
from engine.web.app import create_app
from models import Order, RefusedMessage, Shop
from tests.web.console.conftest import Login, token
from tests.web.shopful import Shopful, Still
from tests.web.shopful import config as shop_config
from tests.web.webhooks.shops import WEBHOOKS, signature, woo_order


@pytest.fixture
def app(store: Store) -> Flask:
    """The application over a shop with two shop systems."""
    plain = shop_config()
    first = plain.shops[0].model_copy(update={"webhooks": WEBHOOKS})
    hooked = plain.model_copy(update={"shops": (first, *plain.shops[1:])})
    return create_app(hooked, store, Still(), SECRET_KEY="test", TESTING=True)


EARLY = {f"date_{what}_gmt": "2026-01-05T10:00:00" for what in ("created", "modified", "completed")}


def told(app: Flask, sent: dict[str, Any]) -> int:
    body = json.dumps(sent | EARLY).encode()
    headers = {
        "X-WC-Webhook-Topic": "order.updated",
        "X-WC-Webhook-Signature": signature(body, "woo-secret-1"),
    }
    shop = Shop.select().order_by(Shop.id).get().key
    return (
        app.test_client()
        .post(f"/webhooks/{shop}/woocommerce", data=body, content_type="application/json", headers=headers)
        .status_code
    )


def test_the_page_shows_each_source_with_its_address_and_what_it_sent_in_vain(
    app: Flask, shop: Shopful, login: Login
) -> None:
    assert told(app, woo_order(1)) == 200
    assert told(app, woo_order(2, status="<b>nowhere</b>")) == 422
    page = login("viewer").get("/sources").text
    assert "/webhooks/" in page and "WooCommerce" in page and "Shopify" in page  # noqa: PT018 - one page
    assert "&lt;b&gt;nowhere&lt;/b&gt;" in page
    assert "<b>nowhere" not in page
    assert "Take it again" not in page  # a viewer only looks


def test_a_marketer_sends_a_test_event_and_takes_messages_again(
    app: Flask, shop: Shopful, login: Login
) -> None:
    orders = Order.select().count()
    told(app, woo_order(2, status="nowhere"))
    client = login("marketer")
    crumb = {"csrf_token": token(client, "/sources")}
    answer = client.post("/sources/woocommerce/test", data=crumb, follow_redirects=True)
    assert "The test event was understood. Nothing of it was kept." in answer.text
    answer = client.post(
        f"/sources/messages/{RefusedMessage.get().id}/again", data=crumb, follow_redirects=True
    )
    assert "0 kept, 1 still cannot be: /status: unknown status" in answer.text
    message = RefusedMessage.get()
    message.body = message.body.replace("nowhere", "completed")
    message.save()
    answer = client.post("/sources/woocommerce/again", data=crumb, follow_redirects=True)
    assert ("Taken again: 1 kept." in answer.text, Order.select().count()) == (True, orders + 1)


def test_no_source_can_be_made_up_and_no_message_of_another_shop_taken(
    app: Flask, shop: Shopful, login: Login
) -> None:
    client = login("marketer")
    crumb = {"csrf_token": token(client, "/sources")}
    for path in ("/sources/nothing/test", "/sources/nothing/again", "/sources/messages/999/again"):
        assert client.post(path, data=crumb).status_code == 404
