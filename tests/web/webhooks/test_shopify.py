"""Shopify tells: orders, refunds, checkouts, consent, and what the law wants of a customer's wish."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.consent.erasures import NAME
from engine.intake.history.words import OURS
from engine.store import Store
from models import TABLES, ConsentChange, Customer, Event, Order, Product, Refund, RefusedMessage, Source
from tests.intake.optica import lines_of, the_order
from tests.web.webhooks.shops import Systems, shopify_order

JAN = "115310627314723950"


@pytest.fixture
def shop(store: Store) -> Systems:
    return Systems(store)


def counts() -> dict[str, int]:
    return {
        table._meta.table_name: table.select().count()
        for table in TABLES
        if table not in (Source, RefusedMessage)
    }


def test_an_order_is_kept_with_discounts_shared_out_and_its_buyers_consent(shop: Systems) -> None:
    assert shop.shopify("orders/create", shopify_order()).get_json() == {"accepted": 1, "unchanged": 0}
    order = the_order("820982911946154500")
    assert (order.status, order.total_minor, order.coupon, order.channel) == ("paid", 38800, "HALLO", "web")
    ipod = lines_of("820982911946154500")["632910392"]
    assert (ipod.quantity, ipod.price_minor, ipod.brand) == (2, 19400, "Apple")
    assert set(lines_of("820982911946154500")) == {"632910392", "Gift wrapping"}
    jan = Customer.get(Customer.external_id == JAN)
    assert (jan.email, jan.city, jan.region, jan.country, jan.tags) == (
        "john@example.com",
        "Lublin",
        "lubelskie",
        "PL",
        ["vip", "b2c"],
    )
    assert [(row.purpose, row.granted) for row in ConsentChange.select()] == [("marketing", True)]


@pytest.mark.parametrize(
    ("said", "ours"),
    [
        ({"financial_status": "pending"}, "pending"), ({"financial_status": "authorized"}, "pending"),
        ({"financial_status": "paid"}, "paid"),
        ({"financial_status": "voided"}, "cancelled"),
        ({"financial_status": "voided", "fulfillment_status": "fulfilled"}, "cancelled"),
        ({"financial_status": "partially_refunded"}, "paid"), ({"fulfillment_status": "partial"}, "paid"),
        ({"fulfillment_status": "fulfilled"}, "shipped"), ({"cancelled_at": "2026-05-21T12:00:00+02:00"}, "cancelled"),
        ({"fulfillment_status": "fulfilled", "fulfillments": [{"shipment_status": "delivered",
        "updated_at": "2026-05-23T12:00:00+02:00"}]}, "delivered"),
        ({"fulfillment_status": "fulfilled",
        "fulfillments": [{"shipment_status": "delivered"}, {"shipment_status": "in_transit"}]}, "shipped"),
    ],
)  # fmt: skip
def test_every_state_of_theirs_is_one_of_our_statuses(shop: Systems, said: dict[str, Any], ours: str) -> None:
    assert shop.shopify("orders/updated", shopify_order(**said)).status_code == 200
    assert the_order("820982911946154500").status == ours


def test_an_order_whose_money_was_let_go_is_cancelled_by_webhook_as_in_a_sheet(shop: Systems) -> None:
    shop.shopify("orders/create", shopify_order(financial_status="authorized"))
    later = "2026-05-23T12:00:00+02:00"
    shop.shopify("orders/updated", shopify_order(financial_status="voided", updated_at=later))
    order = the_order("820982911946154500")
    assert (order.status, order.cancelled_at == order.updated_at) == (OURS["voided"], True)


def test_an_older_version_that_comes_later_does_not_undo_a_newer_one(shop: Systems) -> None:
    shop.shopify(
        "orders/cancelled",
        shopify_order(cancelled_at="2026-05-21T12:00:00+02:00", updated_at="2026-05-21T12:00:00+02:00"),
    )
    shop.shopify("orders/paid", shopify_order())
    assert (the_order("820982911946154500").status, Order.select().count()) == ("cancelled", 1)


def test_refunds_come_by_themselves_or_with_their_order_or_before_it_and_count_once(shop: Systems) -> None:
    refund = {
        "id": 509562969, "order_id": 820982911946154500, "created_at": "2026-05-22T12:00:00+02:00",
        "refund_line_items": [{"id": 1, "quantity": 1, "line_item": {"product_id": 632910392, "title": "IPod Nano"}}],
        "transactions": [{"kind": "refund", "status": "success", "amount": "194.00", "currency": "PLN"},
                         {"kind": "refund", "status": "failure", "amount": "999.00", "currency": "PLN"}],
    }  # fmt: skip
    shop.shopify("refunds/create", refund)
    shop.shopify("orders/updated", shopify_order(refunds=[refund], financial_status="partially_refunded"))
    shop.shopify("refunds/create", refund)
    assert [(row.external_id, row.amount_minor, row.order_id) for row in Refund.select()] == [
        ("509562969", 19400, the_order("820982911946154500").id)
    ]
    assert lines_of("820982911946154500")["632910392"].refunded_quantity == 1


def test_a_test_order_and_topics_that_say_nothing_are_answered_and_left_alone(shop: Systems) -> None:
    before = counts()
    for topic, sent in (
        ("orders/create", shopify_order(test=True)), ("app/uninstalled", {"id": 1}), ("customers/delete", {"id": 5}),
        ("customers/merge", {"admin_graphql_api_customer_kept_id": "gid://shopify/Customer/1"}),
        ("orders/edited", {"order_edit": {"id": 78912328793, "order_id": 820982911946154500, "line_items": {}}}),
        ("fulfillments/update", {"id": 1, "order_id": 820982911946154500, "shipment_status": "delivered"}),
        ("orders/create", shopify_order(customer=None, email=None, contact_email=None)),
    ):  # fmt: skip
        answer = shop.shopify(topic, sent)
        assert (answer.status_code, "ignored" in answer.get_json()) == (200, True)
    assert counts() == before


def test_a_cart_that_was_left_behind_is_a_fact_and_a_finished_one_is_not(shop: Systems) -> None:
    checkout = {
        "id": 981820079255243500, "token": "123123123", "email": "jon@example.com",
        "created_at": "2026-05-20T12:00:00+02:00",
        "completed_at": None, "line_items": [{"product_id": 632910392, "title": "IPod", "vendor": "Apple", "quantity": 2}],
    }  # fmt: skip
    for _ in range(2):
        shop.shopify("checkouts/update", checkout)
    assert [(row.kind, row.product, row.quantity, row.external_customer) for row in Event.select()] == [
        ("added_to_cart", "632910392", 2, "email:jon@example.com")
    ]
    assert (
        "ignored"
        in shop.shopify(
            "checkouts/update", checkout | {"completed_at": "2026-05-20T12:09:00+02:00"}
        ).get_json()
    )


def test_consent_that_changes_by_itself_is_a_line_of_the_ledger(shop: Systems) -> None:
    shop.shopify("orders/create", shopify_order())
    change = {"customer_id": int(JAN), "email_address": "john@example.com",
              "email_marketing_consent": {"state": "unsubscribed", "opt_in_level": None,
              "consent_updated_at": "2026-05-22T08:00:00+02:00"}}  # fmt: skip
    assert shop.shopify("customers_email_marketing_consent/update", change).get_json() == {
        "accepted": 1,
        "unchanged": 0,
    }
    assert [row.granted for row in ConsentChange.select().order_by(ConsentChange.at)] == [True, False]
    pending = change | {
        "email_marketing_consent": {"state": "pending", "consent_updated_at": "2026-05-23T08:00:00+02:00"}
    }
    assert shop.shopify("customers_email_marketing_consent/update", pending).get_json() == {
        "accepted": 0,
        "unchanged": 0,
    }


def test_products_have_the_lowest_price_and_all_the_stock_of_their_variants(shop: Systems) -> None:
    product = {"id": 632910392, "title": "IPod Nano", "vendor": "Apple", "product_type": "audio/players",
    "updated_at": "2026-05-01T00:00:00+02:00",
               "variants": [{"price": "199.00", "inventory_management": "shopify", "inventory_quantity": 3},
                            {"price": "189.00", "inventory_management": "shopify", "inventory_quantity": 4}],
               "image": {"src": "https://cdn.example/ipod.png"}}  # fmt: skip
    shop.shopify("products/update", product)
    row = Product.get(Product.external_id == "632910392")
    assert (row.price_minor, row.stock, row.category, row.brand) == (18900, 7, "audio/players", "Apple")


def test_whoever_wants_to_be_forgotten_is_and_whoever_asks_gets_a_file(shop: Systems, tmp_path: Path) -> None:
    shop.app.extensions["home"] = SimpleNamespace(path=tmp_path)
    shop.shopify("orders/create", shopify_order())
    wish = {
        "shop_id": 954889,
        "shop_domain": "x.myshopify.com",
        "customer": {"id": int(JAN), "email": "john@example.com"},
        "orders_requested": [1],
    }
    assert shop.shopify("customers/data_request", wish).status_code == 200
    [file] = (tmp_path / "exports").iterdir()
    assert json.loads(file.read_text())["customers"][0]["customer"] == JAN
    assert file.stat().st_mode & 0o777 == 0o600
    assert shop.shopify("customers/redact", wish).status_code == 200
    assert (Order.select().count(), Customer.get().first_name) == (0, None)
    assert (tmp_path / NAME).exists()
    assert shop.shopify("customers/redact", wish).status_code == 200  # said twice, done once


@pytest.mark.parametrize(("secret", "prefix"), [("shopify-secret-0", "X-"), ("shopify-secret-1", "")])
def test_two_secrets_hold_and_headers_may_lack_their_x(shop: Systems, secret: str, prefix: str) -> None:
    assert shop.shopify("orders/create", shopify_order(), secret, prefix).status_code == 200


def test_whoever_signs_wrongly_is_refused(shop: Systems) -> None:
    before = counts()
    assert shop.shopify("orders/create", shopify_order(), "another-secret").status_code == 401
    assert (counts(), Source.get().denied) == (before, 1)


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"id": None}, "/id"), ({"total_price": None}, "/total_price"),
        ({"line_items": [{"quantity": 1.5, "price": "1"}]}, "/line_items/0/quantity"),
        ({"line_items": [{"quantity": 1, "price": []}]}, "/line_items/0/price"), ({"customer": 5}, "/customer"),
        ({"refunds": [{"id": 1, "transactions": [{"kind": "refund", "status": "success", "amount": "x"}]}]},
        "/refunds/0/transactions/0/amount"),
        ({"created_at": "2026-13-01"}, "/0/placed_at"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_read_is_named_and_nothing_is_half_written(
    shop: Systems, changed: dict[str, Any], pointer: str
) -> None:
    before = counts()
    answer = shop.shopify("orders/updated", shopify_order(**changed))
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.get_json()["errors"]]
    assert counts() == before
