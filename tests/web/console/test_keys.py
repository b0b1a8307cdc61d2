"""The page of API keys: made, shown once, replaced, revoked; and the test shop that can be looked at and emptied."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from engine.store import Store
from engine.web.api.credentials import digest_of_key
from engine.web.api.scopes import USUAL
from models import Act, ApiKey, Customer, Order, Shop
from tests.web.console.conftest import Login, token
from tests.web.shopful import NOW, Shopful

ORDER = {
    "id": "T1",
    "placed_at": "2026-01-05T10:00:00Z",
    "total": "50",
    "customer": {"id": "zofia", "first_name": "Zofia"},
}


@pytest.fixture
def admin(app: Flask, shop: Shopful, login: Login) -> Any:
    return login("admin")


def make(client: Any, **form: Any) -> str:
    """Makes a key on the page and returns its secret."""
    page = client.post(
        "/keys", data={"name": "our shop", "scope": list(USUAL), "csrf_token": token(client, "/keys")} | form
    )
    assert page.status_code == 200, page.text
    return re.search(r"<pre class=\"wrap\">(rk_[^<]+)</pre>", page.text)[1]  # type: ignore[index]


def send(app: Flask, key: str) -> int:
    answer = app.test_client().post("/api/v1/orders", json=ORDER, headers={"Authorization": f"Bearer {key}"})
    return int(answer.status_code)


def test_a_made_key_is_shown_once_and_works(app: Flask, admin: Any) -> None:
    key = make(admin)
    assert send(app, key) == 201
    page = admin.get("/keys").text
    assert (key[:11] in page, key in page) == (True, False)
    assert "send everything and read coupons" in page
    assert admin.get("/keys").headers["Cache-Control"] == "no-store"
    told = Act.select().where(Act.act == "key made").get()
    assert (told.author, told.what, key in str(told.detail)) == ("ola@example.com", key[:11], False)


def test_what_a_form_lacks_is_said_and_nothing_is_made(admin: Any) -> None:
    for form in ({"name": " "}, {"name": "x" * 101}, {"scope": []}, {"scope": ["everything"]}):
        sent = {"name": "till", "scope": ["orders:write"], "csrf_token": token(admin, "/keys")} | form
        assert admin.post("/keys", data=sent).status_code == 422
    assert admin.post("/keys", data={"name": "till", "scope": ["orders:write"]}).status_code == 400
    assert ApiKey.select().count() == 0


def test_a_key_is_replaced_with_an_overlap_and_revoked_at_once(app: Flask, admin: Any) -> None:
    old = make(admin, name="till", scope=["orders:write"])
    row = ApiKey.get(ApiKey.digest == digest_of_key(old))
    csrf = token(admin, "/keys")
    page = admin.post(f"/keys/{row.id}/rotate", data={"overlap": "1h", "csrf_token": csrf})
    new = re.search(r"<pre class=\"wrap\">(rk_[^<]+)</pre>", page.text)[1]  # type: ignore[index]
    assert (send(app, old), send(app, new)) == (201, 201)
    assert "Replaced, works until" in page.text
    assert admin.post(f"/keys/{row.id}/revoke", data={"csrf_token": csrf}).status_code == 302
    assert (send(app, old), send(app, new)) == (401, 201)
    assert admin.post(f"/keys/{row.id}/rotate", data={"csrf_token": csrf}).status_code == 422
    assert [act.act for act in Act.select().order_by(Act.id.desc()).limit(3)] == [
        "key revoked",
        "key replaced",
        "key made",
    ]


def test_a_test_shop_is_looked_at_with_a_mark_and_emptied(app: Flask, admin: Any) -> None:
    assert 'class="badge test"' not in admin.get("/customers").text
    key = make(admin, kind="test")
    assert (key[:8], send(app, key)) == ("rk_test_", 201)
    assert "Zofia" not in admin.get("/customers").text
    csrf = token(admin, "/keys")
    admin.post("/shop", data={"shop": "optyk.test", "csrf_token": csrf})
    page = admin.get("/customers").text
    assert ("Zofia" in page, 'class="badge test"' in page) == (True, True)
    assert "Anna" not in page
    before = Customer.select().where(Customer.shop == Shop.get(Shop.key == "optyk")).count()
    assert admin.post("/keys/empty", data={"csrf_token": csrf}).status_code == 302
    assert Order.select().where(Order.external_id == "T1").count() == 0
    assert Customer.select().where(Customer.shop == Shop.get(Shop.key == "optyk")).count() == before
    assert "Zofia" not in admin.get("/customers").text
    assert send(app, key) == 201


def test_keys_of_another_shop_cannot_be_touched_from_here(admin: Any, store: Store) -> None:
    from engine.web.api.issuing import new_key

    other = Shop.create(
        key="stranger", name="S", timezone="Europe/Warsaw", currency="PLN", country="PL", language="pl"
    )
    new_key(other.id, "theirs", NOW)
    row = ApiKey.get(ApiKey.name == "theirs")
    csrf = token(admin, "/keys")
    for act in ("rotate", "revoke"):
        assert admin.post(f"/keys/{row.id}/{act}", data={"csrf_token": csrf}).status_code == 404
    assert admin.post("/keys/empty", data={"csrf_token": csrf}).status_code == 404
    assert "theirs" not in admin.get("/keys").text


def test_only_admins_see_keys(app: Flask, shop: Shopful, login: Login) -> None:
    client = login("marketer")
    assert client.get("/keys").status_code == 403
    assert "/keys" not in client.get("/customers").text
