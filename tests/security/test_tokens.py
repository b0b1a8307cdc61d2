"""A token opens what it was made for, for whom and where it was made, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

import models
from engine.consent.tokens import sign
from engine.delivery.clicks import click_token, read_token
from engine.delivery.verp import messages_in, signed_word
from engine.store import Store
from engine.web.api.credentials import new_key
from engine.web.app import create_app
from models import Click, ConsentChange, Customer, Link, Message, Order, Shop
from tests.security.conftest import KEY
from tests.security.routes import pages
from tests.web.console.conftest import PASSWORD, Login, log_in, token
from tests.web.shopful import NOW, Shopful, Still, config

ORDER = {
    "id": "9001", "placed_at": "2026-03-01T10:00:00+01:00", "status": "paid", "currency": "PLN", "total": "10.00",
    "customer": {"id": "zofia", "email": "zofia@example.com"}, "lines": [{"product": "A", "quantity": 1, "price": "10.00"}],
}  # fmt: skip


def tokens(shop: Shopful) -> dict[str, str]:
    """One of each kind that the server gives away."""
    mail, link = Message.select().first(), Link.select().first()
    return {
        "of a mail's pages": mail.token,
        "of a click": click_token(KEY, mail.id, link.id),
        "of a customer's choices": sign(KEY, Customer.select().first().id),
        "of a return path": signed_word(KEY, mail.id),
        "of the API": new_key(shop.shop.id, "shop", NOW),
        "of a message": mail.message_id,
        "of a customer": Customer.select().first().external_id,
    }


# Which doors a token opens; the page that confirms a consent is another one's, whose mail asked for it.
DOORS = {"of a mail's pages": ("u", "p", "w"), "of a click": ("c",), "of a customer's choices": ("u", "p")}


def everything() -> dict[str, list[str]]:
    """Every row of every table, but for the numbers that `/metrics` shows."""
    kept = (table for table in models.TABLES if table is not models.Tally)
    return {table._meta.table_name: sorted(map(str, table.select().tuples())) for table in kept}


def test_a_token_of_one_kind_opens_no_door_of_another(app: Flask, shop: Shopful, client: Any) -> None:
    found, doors = tokens(shop), DOORS
    public = {page.path.split("/")[1] for page in pages(app) if page.endpoint.startswith("public.")}
    assert public >= {"u", "p", "w", "c"}
    before = everything()
    for kind, value in found.items():
        for door in public - set(doors.get(kind, ())):
            for method in ("GET", "POST"):
                form = {"withdraw": "*", "stop": "purpose", "confirm": "yes"}
                answer = client.open(
                    f"/{door}/{value}", method=method, data=form if method == "POST" else None
                )
                assert answer.status_code in (404, 405), (kind, door, method)
                assert answer.location is None, (kind, door)
    assert everything() == before


def test_what_is_signed_for_one_purpose_is_nothing_for_another(shop: Shopful) -> None:
    for kind, value in tokens(shop).items():
        assert (read_token(KEY, value) is not None) == (kind == "of a click"), kind
        assert bool(messages_in(KEY, [value])) == (kind == "of a return path"), kind


def test_no_signature_is_that_of_another_home(shop: Shopful) -> None:
    mail, link = Message.select().first(), Link.select().first()
    assert read_token(b"another home", click_token(KEY, mail.id, link.id)) is None
    assert not messages_in(b"another home", [signed_word(KEY, mail.id)])


def test_a_session_of_another_home_is_nobodys_here(store: Store, shop: Shopful, login: Login) -> None:
    mine = login("admin").get_cookie("regulars").value
    for secret, status in (("test", 200), ("another home", 302)):
        client = create_app(config(), store, Still(), SECRET_KEY=secret).test_client()
        client.set_cookie("regulars", mine)
        assert client.get("/").status_code == status, secret


def test_a_session_does_not_open_the_api_nor_a_key_the_console(
    app: Flask, shop: Shopful, login: Login
) -> None:
    client, key = login("admin"), tokens(shop)["of the API"]
    csrf = token(client, "/")
    assert client.post("/api/v1/orders", json=ORDER, headers={"X-CSRFToken": csrf}).status_code == 401
    stranger = app.test_client()
    bearer = {"Authorization": f"Bearer {key}"}
    assert stranger.get("/customers", headers=bearer).status_code == 302
    assert stranger.post("/rules/thank-you/pause", data={"paused": "yes"}, headers=bearer).status_code == 400
    for wrong in (f"/api/v1/orders?key={key}", f"/api/v1/orders?access_token={key}"):
        assert stranger.post(wrong, json=ORDER).status_code == 401
    assert stranger.post("/api/v1/orders", json=ORDER, headers=bearer).status_code == 201


@pytest.fixture
def two_shops(store: Store, shop: Shopful) -> tuple[Any, dict[str, dict[str, str]]]:
    """A server of two shops, and the headers of each."""
    both = config()
    other = both.shops[0].model_copy(update={"shop": "other", "name": "Other"})
    served = create_app(
        both.model_copy(update={"shops": (both.shops[0], other)}), store, Still(), SECRET_KEY="x"
    )
    fields = {"timezone": "Europe/Warsaw", "currency": "PLN", "country": "PL", "language": "pl"}
    row = Shop.create(key="other", name="Other", **fields)
    keys = {"optyk": new_key(shop.shop.id, "k", NOW), "other": new_key(row.id, "k", NOW)}
    return served.test_client(), {name: {"Authorization": f"Bearer {key}"} for name, key in keys.items()}


def test_a_key_writes_and_reads_in_its_own_shop_only(
    two_shops: tuple[Any, dict[str, dict[str, str]]], shop: Shopful
) -> None:
    client, headers = two_shops
    assert client.post("/api/v1/orders?shop=optyk", json=ORDER, headers=headers["other"]).status_code == 201
    assert Order.get(Order.external_id == "9001").shop.key == "other"
    assert client.get("/api/v1/coupons", headers=headers["other"]).json["coupons"] == []


def test_an_idempotency_key_of_one_shop_says_nothing_to_another(
    two_shops: tuple[Any, dict[str, dict[str, str]]],
) -> None:
    client, headers = two_shops
    first = {**headers["optyk"], "Idempotency-Key": "once"}
    assert client.post("/api/v1/orders", json=ORDER, headers=first).json == {"accepted": 1, "unchanged": 0}
    again = {**headers["other"], "Idempotency-Key": "once"}
    assert client.post("/api/v1/orders", json=ORDER, headers=again).json == {"accepted": 1, "unchanged": 0}
    assert Order.select().where(Order.external_id == "9001").count() == 2


def test_annas_link_changes_nothing_of_boryss(shop: Shopful, client: Any) -> None:
    sent = (
        Message.select().join(Customer).where(Customer.external_id == "anna", Message.state == "sent").first()
    )
    client.post(f"/p/{sent.token}", data={"withdraw": "*", "customer": "2", "address": "borys@example.com"})
    withdrew = ConsentChange.select().where(ConsentChange.granted == False)  # noqa: E712 - a column
    assert {row.customer.external_id for row in withdrew if row.at == NOW} == {"anna"}


def test_two_mails_of_one_customer_have_tokens_that_tell_nothing_of_each_other(shop: Shopful) -> None:
    mails = list(Message.select())
    assert len({mail.token for mail in mails}) == len(mails)
    assert all(len(mail.token) >= 22 for mail in mails), "128 random bits"


def test_a_forms_token_of_one_login_is_none_of_the_next(app: Flask, shop: Shopful, login: Login) -> None:
    first = login("admin")
    old = token(first, "/")
    first.post("/logout", data={"csrf_token": old})
    second = app.test_client()
    assert log_in(second, "ola@example.com", PASSWORD).status_code == 302
    form = {"paused": "yes", "csrf_token": old}
    assert second.post("/rules/thank-you/pause", data=form).status_code == 400


def test_a_click_that_is_said_again_is_one_fact(store: Store, shop: Shopful, client: Any) -> None:
    from engine.clock import HOUR
    from engine.feedback.clicks import judge

    Click.delete().execute()
    mail = Message.select().where(Message.state == "sent").first()
    path = f"/c/{click_token(KEY, mail.id, Link.select().first().id)}"
    agent = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"}
    for _ in range(3):
        assert client.get(path, headers=agent).status_code == 302
    assert judge(store, NOW + HOUR) == 1
    assert models.Event.select().where(models.Event.kind == "clicked").count() == 1
