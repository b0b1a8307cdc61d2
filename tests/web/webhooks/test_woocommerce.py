"""WooCommerce tells: its orders become ours, whatever it repeats, reorders or deletes, and nobody else can speak for it."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from engine.intake.connectors.woocommerce import STATUSES
from engine.store import Store
from models import TABLES, ConsentChange, Customer, Line, Order, Product, Refund, RefusedMessage, Source
from tests.intake.optica import at, lines_of, the_customer, the_order
from tests.web.webhooks.shops import OLD_WOO, Systems, woo_order


@pytest.fixture
def shop(store: Store) -> Systems:
    return Systems(store)


def counts() -> dict[str, int]:
    return {
        table._meta.table_name: table.select().count()
        for table in TABLES
        if table not in (Source, RefusedMessage)
    }


def test_an_order_is_kept_with_its_buyer_its_lines_and_the_clock_is_woken(shop: Systems) -> None:
    woken: list[int] = []
    shop.app.extensions["wake"] = lambda: woken.append(1)
    answer = shop.woo("order.created", woo_order())
    assert (answer.status_code, answer.get_json(), woken) == (200, {"accepted": 1, "unchanged": 0}, [1])
    order = the_order("727")
    assert (order.status, order.total_minor, order.coupon, order.channel) == (
        "paid",
        12990,
        "lato10",
        "checkout",
    )
    anna = the_customer("26")
    assert (anna.email, anna.first_name, anna.city, anna.region, anna.country) == (
        "anna@example.com",
        "Anna",
        "Kraków",
        "MA",
        "PL",
    )
    lenses = lines_of("727")["93"]
    assert (lenses.quantity, lenses.price_minor, lenses.image) == (2, 5535, "https://optica.pl/acu.png")
    assert [(row.purpose, row.granted, row.source) for row in ConsentChange.select()] == [
        ("marketing", True, "checkout")
    ]


def test_the_same_message_twice_and_an_older_one_later_change_nothing(shop: Systems) -> None:
    shop.woo(
        "order.updated",
        woo_order(
            status="completed",
            date_modified_gmt="2026-05-25T10:00:00",
            date_completed_gmt="2026-05-24T09:00:00",
        ),
    )
    before = counts()
    again = shop.woo(
        "order.updated",
        woo_order(
            status="completed",
            date_modified_gmt="2026-05-25T10:00:00",
            date_completed_gmt="2026-05-24T09:00:00",
        ),
    )
    assert (again.get_json(), counts()) == ({"accepted": 0, "unchanged": 1}, before)
    assert shop.woo("order.created", woo_order(status="pending")).status_code == 200
    assert (the_order("727").status, Order.select().count()) == ("delivered", 1)


@pytest.mark.parametrize(
    ("theirs", "ours"), [*STATUSES.items(), ("wc-processing", "paid"), ("wyslane", "shipped")]
)
def test_every_status_of_theirs_is_one_of_ours(shop: Systems, theirs: str, ours: str) -> None:
    assert shop.woo("order.updated", woo_order(status=theirs)).status_code == 200
    assert the_order("727").status == ours


def test_cash_on_delivery_is_paid_when_it_is_delivered(shop: Systems) -> None:
    shop.woo("order.created", woo_order(payment_method="cod"))
    assert the_order("727").status == "pending"
    shop.woo(
        "order.updated",
        woo_order(payment_method="cod", status="completed", date_modified_gmt="2026-05-25T10:00:00"),
    )
    assert the_order("727").status == "delivered"


def test_a_status_that_nobody_has_explained_is_refused_with_its_field(shop: Systems) -> None:
    answer = shop.woo("order.updated", woo_order(status="w-drodze"))
    [error] = answer.get_json()["errors"]
    assert (answer.status_code, error["pointer"], "'w-drodze'" in error["detail"]) == (422, "/status", True)
    assert Order.select().count() == 0


def test_a_guest_is_known_by_address_and_a_draft_or_an_order_of_nobody_is_none(shop: Systems) -> None:
    shop.woo("order.created", woo_order(customer_id=0))
    assert [(row.external_id, row.email) for row in Customer.select()] == [(None, "anna@example.com")]
    assert "ignored" in shop.woo("order.created", woo_order(728, status="checkout-draft")).get_json()
    assert "ignored" in shop.woo("order.created", woo_order(729, customer_id=0, billing=[])).get_json()
    assert Order.select().count() == 1


def test_refunds_come_with_their_order_and_are_counted_once(shop: Systems) -> None:
    refund = {"id": 900, "reason": "", "total": "-55.35"}
    for modified in ("2026-05-25T10:00:00", "2026-05-26T10:00:00"):
        assert (
            shop.woo("order.updated", woo_order(refunds=[refund], date_modified_gmt=modified)).status_code
            == 200
        )
    first = at("2026-05-25T10:00:00")
    assert [(row.external_id, row.amount_minor, row.at) for row in Refund.select()] == [("900", 5535, first)]
    shop.woo("order.updated", woo_order(730, status="refunded"))
    assert the_order("730").void_at is not None


def test_a_deleted_order_is_cancelled_and_keeps_what_it_was(shop: Systems) -> None:
    shop.woo("order.created", woo_order())
    shop.clock.at += 60_000_000
    assert shop.woo("order.deleted", {"id": 727}).get_json() == {"accepted": 1, "unchanged": 0}
    assert (the_order("727").status, the_order("727").total_minor, Line.select().count()) == (
        "cancelled",
        12990,
        2,
    )
    assert shop.woo("order.deleted", {"id": 727}).get_json() == {"accepted": 0, "unchanged": 1}
    assert shop.woo("order.deleted", {"id": 9999}).status_code == 200


def test_products_and_customers_are_learned(shop: Systems) -> None:
    product = {
        "id": 93, "name": "Acuvue Oasys 30", "permalink": "https://optica.pl/acu", "price": "64.95", "manage_stock": True,
        "stock_quantity": 7, "stock_status": "instock", "categories": [{"id": 9, "name": "Soczewki", "slug": "soczewki"}],
        "brands": [{"id": 1, "name": "Acuvue"}], "images": [{"src": "https://optica.pl/a.png"}],
        "date_modified_gmt": "2026-05-01T10:00:00",
        "date_created_gmt": "2026-01-01T10:00:00",
    }  # fmt: skip
    assert shop.woo("product.updated", product).get_json() == {"accepted": 1, "unchanged": 0}
    row = Product.get(Product.external_id == "93")
    assert (row.category, row.brand, row.price_minor, row.stock) == ("soczewki", "Acuvue", 6495, 7)
    shop.woo("product.updated", product | {"manage_stock": False, "stock_quantity": None, "stock_status": "outofstock",
                                           "date_modified_gmt": "2026-05-02T10:00:00", "price": ""})  # fmt: skip
    assert Product.get(Product.external_id == "93").stock == 0
    customer = {"id": 26, "email": "anna@example.com", "first_name": "Anna", "date_created_gmt": "2025-01-01T10:00:00",
                "date_modified_gmt": "2026-01-01T10:00:00", "billing": {"city": "Łódź", "country": "pl"}}  # fmt: skip
    shop.woo("customer.created", customer)
    assert (the_customer("26").city, the_customer("26").country) == ("Łódź", "PL")


def test_the_greeting_of_a_new_webhook_is_answered_and_nothing_kept(shop: Systems) -> None:
    answer = shop.client.post("/webhooks/optica/woocommerce", data={"webhook_id": "5"})
    assert (answer.status_code, Source.select().count()) == (200, 0)


@pytest.mark.parametrize("secret", [OLD_WOO, "woo&amp;secret-0"])
def test_two_secrets_hold_while_one_is_replaced_also_with_their_characters_decoded(
    shop: Systems, secret: str
) -> None:
    assert shop.woo("order.created", woo_order(), secret=secret).status_code == 200


def test_whoever_signs_wrongly_is_refused_and_only_counted(shop: Systems) -> None:
    before = counts()
    body = json.dumps(woo_order()).encode()
    for answer in (
        shop.woo("order.created", body, secret="another"),
        shop.woo("order.created", body, **{"X-WC-Webhook-Signature": ""}),
        shop.woo("order.created", body, **{"X-WC-Webhook-Signature": "ż"}),
        shop.client.post("/webhooks/optica/woocommerce", data=body, content_type="application/json"),
    ):
        assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    assert counts() == before
    [source] = Source.select()
    assert (source.denied, source.accepted, source.last_at) == (4, 0, None)


def test_a_shop_that_is_not_ours_or_not_hooked_is_not_found(shop: Systems) -> None:
    assert shop.client.post("/webhooks/inny/woocommerce", data=b"{}").status_code == 404
    assert shop.client.get("/webhooks/optica/woocommerce").status_code == 405


@pytest.mark.parametrize("body", [b"", b"[]", b"5", b"{", b'{"id": "\xff"}', b'"x"', b"null"])
def test_any_bytes_get_an_answer_and_keep_nothing(shop: Systems, body: bytes) -> None:
    before = counts()
    assert shop.woo("order.created", body).status_code in (400, 422)
    assert counts() == before
    assert Source.get().refused == 1


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"total": "abc"}, "/total"), ({"total": True}, "/total"), ({"line_items": {"0": {}}}, "/line_items"),
        ({"line_items": [{"quantity": "x"}]}, "/line_items/0/quantity"), ({"line_items": [5]}, "/line_items/0"),
        ({"billing": "x"}, "/billing"), ({"id": None}, "/id"), ({"id": {}}, "/id"),
        ({"refunds": [{"id": 1, "total": "?"}]}, "/refunds/0/total"),
        ({"currency": "ZZZ"}, "/0/currency"), ({"date_created_gmt": "one day"}, "/0/placed_at"),
        ({"billing": {"email": "no address"}}, "/0/customer/email"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_read_is_named_and_nothing_is_half_written(
    shop: Systems, changed: dict[str, object], pointer: str
) -> None:
    before = counts()
    answer = shop.woo("order.updated", woo_order(**changed))
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.get_json()["errors"]]
    assert counts() == before
    assert (Source.get().refused, pointer in Source.get().error) == (1, True)


def test_meta_data_may_hold_anything_and_money_has_an_end(shop: Systems) -> None:
    odd = [{"key": [], "value": 1}, {"key": {"a": 1}}, {"value": None}]
    assert shop.woo("order.created", woo_order(meta_data=odd)).status_code == 200
    answer = shop.woo("order.updated", woo_order(total="1e999999"))
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/total")


def test_what_comes_is_counted_with_its_moment_and_topic(shop: Systems) -> None:
    shop.woo("order.created", woo_order())
    shop.woo("order.created", woo_order())
    shop.woo("coupon.created", {"id": 5})
    [source] = Source.select()
    assert (source.accepted, source.unchanged, source.refused) == (1, 2, 0)
    assert (source.last_at, source.last_topic) == (shop.clock.at, "coupon.created")


def test_prices_hold_to_the_last_grosz(shop: Systems) -> None:
    shop.woo(
        "order.created",
        woo_order(line_items=[{"product_id": 1, "quantity": 3, "total": "10.00", "total_tax": "0.00"}]),
    )
    assert lines_of("727")["1"].price_minor == int(Decimal("3.33") * 100)
