"""Shopify passes on what the law lets customers wish: to be told what is kept, and to be forgotten, whoever they are here."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.consent.erasure import digest_of_address
from engine.consent.erasures import NAME
from engine.intake.forgetting import GRACE
from engine.intake.sources import BY_HAND, take_again
from engine.roles.asking import forget_shops
from engine.store import Store
from models import TABLES, Act, Address, ConsentChange, Customer, Order, RefusedMessage, Source
from tests.web.webhooks.shops import HOOKED, Systems, shopify_order

JAN = 115310627314723950
WISH: dict[str, Any] = {
    "shop_id": 954889,
    "shop_domain": "x.myshopify.com",
    "customer": {"id": JAN, "email": "john@example.com", "phone": "+48500"},
}


@pytest.fixture
def shop(store: Store, tmp_path: Path) -> Systems:
    shop = Systems(store)
    shop.app.extensions["home"] = SimpleNamespace(path=tmp_path)
    return shop


def files(home: Path) -> list[Any]:
    """Reads what lies in the home to be handed over."""
    return [json.loads(file.read_text())["customers"] for file in sorted((home / "exports").iterdir())]


def test_the_file_that_was_asked_for_goes_with_the_customer_and_both_are_written_down(
    shop: Systems, tmp_path: Path
) -> None:
    shop.shopify("orders/create", shopify_order())
    number = Customer.get().id
    assert shop.shopify("customers/data_request", WISH | {"orders_requested": [1]}).status_code == 200
    assert [[each["customer"] for each in told] for told in files(tmp_path)] == [[str(JAN)]]
    for _ in range(2):  # said twice, done once
        assert shop.shopify("customers/redact", WISH).status_code == 200
    assert files(tmp_path) == []
    acts = [(act.act, act.what, act.author, act.channel, act.customer_number) for act in Act.select()]
    assert acts == [(act, "optica", "regulars", "server", number) for act in ("export", "erase")]


def everything_written() -> str:
    """Returns all texts of all tables."""
    return "\n".join(str(value) for table in TABLES for row in table.select().tuples() for value in row)


def checkout(email: str) -> dict[str, Any]:
    return {
        "id": 981820079255243500, "token": "123123123", "email": email, "created_at": "2026-05-20T12:00:00+02:00",
        "completed_at": None, "line_items": [{"product_id": 632910392, "title": "IPod", "vendor": "Apple", "quantity": 2}],
    }  # fmt: skip


def guest_order(number: int, email: str) -> dict[str, Any]:
    billing = {"first_name": "Zofia", "last_name": "Zielińska", "city": "Zamość", "phone": "+48555"}
    return shopify_order(number, customer=None, email=email, contact_email=email, billing_address=billing)


def test_whoever_only_left_a_cart_is_forgotten_by_address_and_gets_no_mail(
    shop: Systems, tmp_path: Path
) -> None:
    shop.shopify("checkouts/create", checkout("Zofia@example.com"))
    wish = {"customer": {"id": 191167, "email": "zofia@Example.com"}}
    assert shop.shopify("customers/data_request", wish).status_code == 200
    [[told]] = files(tmp_path)
    assert ([row["email"] for row in told["tables"]["cart"]], len(told["tables"]["event"])) == (
        ["zofia@example.com"],
        1,
    )
    for _ in range(2):
        assert shop.shopify("customers/redact", wish).status_code == 200
    assert "zofia" not in everything_written().lower()
    assert files(tmp_path) == []
    [address] = Address.select()
    assert (address.email, address.suppressed_reason) == (
        digest_of_address(shop.store.secret, "zofia@example.com"),
        "erased",
    )
    assert [(act.act, act.customer_number) for act in Act.select()] == [("export", None), ("erase", None)]


def test_a_guest_is_told_and_forgotten_with_the_order_that_is_named(shop: Systems, tmp_path: Path) -> None:
    shop.shopify("orders/create", guest_order(4001, "zofia@example.com"))
    number = Customer.get().id
    wish = {"customer": {"id": 191167, "email": "zofia@example.com", "phone": "+48555"}}
    shop.shopify("customers/data_request", wish | {"orders_requested": [4001]})
    [[told]] = files(tmp_path)
    assert [row["external_id"] for row in told["tables"]["orders"]] == ["4001"]
    shop.shopify("customers/redact", wish | {"orders_to_redact": [4001]})
    assert (Order.select().count(), Customer.get_by_id(number).erased_at is None) == (0, False)
    written = everything_written()
    assert [word for word in ("zofia", "Zofia", "Zamość", "+48555") if word in written] == []
    assert (files(tmp_path), [act.customer_number for act in Act.select()]) == ([], [number, number])


def test_a_line_of_the_ledger_that_came_before_the_customer_names_nobody_any_more(shop: Systems) -> None:
    change = {"customer_id": 888001, "email_address": "nobody@example.com", "email_marketing_consent":
              {"state": "subscribed", "consent_updated_at": "2026-05-22T08:00:00+02:00"}}  # fmt: skip
    shop.shopify("customers_email_marketing_consent/update", change)
    assert ConsentChange.get().external_customer == "id:888001"
    shop.shopify("customers/redact", {"customer": {"id": 888001, "email": "nobody@example.com"}})
    line = ConsentChange.get()
    assert (line.external_customer, line.purpose, line.granted) == (None, "marketing", True)
    assert "888001" not in everything_written()


def test_nobody_else_is_forgotten_whatever_orders_a_wish_names(shop: Systems, tmp_path: Path) -> None:
    shop.shopify("orders/create", shopify_order(1))  # Jan's
    shop.shopify("orders/create", guest_order(2, "zofia@example.com"))
    for email in ("other@example.com", "no address", None):
        wish = {"customer": {"id": 191167, "email": email}, "orders_to_redact": [1, 2]}
        assert shop.shopify("customers/data_request", wish | {"orders_requested": [1, 2]}).status_code == 200
        assert shop.shopify("customers/redact", wish).status_code == 200
    assert Order.select().count() == 2
    assert Customer.select().where(Customer.erased_at.is_null()).count() == 2
    assert (Act.select().count(), (tmp_path / "exports").exists(), (tmp_path / NAME).exists()) == (
        0,
        False,
        False,
    )


def test_another_customer_of_the_same_mailbox_is_meant_only_where_an_order_of_theirs_is_named(
    shop: Systems,
) -> None:
    shop.shopify("orders/create", shopify_order(1))
    wish: dict[str, Any] = {"customer": {"id": 191167, "email": "john@example.com"}}
    shop.shopify("customers/redact", wish | {"orders_to_redact": [999]})
    assert Order.select().count() == 1
    shop.shopify("customers/redact", wish | {"orders_to_redact": [1]})
    assert Order.select().count() == 0


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        ({}, "/customer/id"), ({"customer": {"id": None, "email": None}}, "/customer/id"),
        ({"customer": {"id": 1}, "orders_to_redact": {"a": 1}}, "/orders_to_redact"),
        ({"customer": {"id": 1}, "orders_to_redact": [[]]}, "/orders_to_redact/0"),
    ],
)  # fmt: skip
def test_a_wish_that_names_nobody_is_refused_and_not_answered_as_done(
    shop: Systems, wish: dict[str, Any], pointer: str
) -> None:
    answer = shop.shopify("customers/redact", wish)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [pointer]


def test_a_shop_that_has_left_takes_along_whoever_only_waited_in_it(shop: Systems, tmp_path: Path) -> None:
    shop.shopify("checkouts/create", checkout("zofia@example.com"))
    shop.shopify("orders/create", shopify_order())
    shop.shopify("shop/redact", {"shop_id": 1})
    shop.clock.at += GRACE
    home: Any = SimpleNamespace(store=shop.store, config=HOOKED, clock=shop.clock, path=tmp_path)
    assert (forget_shops(home), forget_shops(home)) == (2, 0)
    assert "zofia" not in everything_written()


def test_a_wish_that_was_set_aside_is_never_called_done_by_taking_it_again(shop: Systems) -> None:
    shop.shopify("orders/create", shopify_order())
    row = RefusedMessage.create(
        source=Source.get(), at=1, topic="customers/redact", body=json.dumps(WISH), error="it was odd then"
    )
    assert take_again(shop.store, HOOKED, Order.get().shop, row, shop.clock.at) == BY_HAND
    assert (RefusedMessage.select().count(), Order.select().count()) == (1, 1)
