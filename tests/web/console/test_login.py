"""Nobody looks at a shop's customers without a login, and a login cannot be guessed, forged or kept."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from engine.store import Store
from engine.web.app import create_app
from engine.web.console.people import find_user, hashed, set_active, set_password
from models import RuleState
from tests.web.console.conftest import PASSWORD, Login, log_in, token
from tests.web.shopful import Shopful, Still, config

PAGES = (
    "/",
    "/customers",
    "/customers/1",
    "/rules",
    "/rules/thank-you",
    "/outbox",
    "/outbox/1",
    "/outbox/1/html",
    "/account",
)


@pytest.mark.parametrize("page", PAGES)
def test_without_a_login_every_page_leads_to_the_login(app: Flask, page: str) -> None:
    answer = app.test_client().get(page)
    assert (answer.status_code, answer.location.split("?")[0]) == (302, "/login")


def test_ola_logs_in_and_out_again(app: Flask, shop: Shopful, login: Login) -> None:
    login()
    client = app.test_client()
    assert log_in(client, "ola@example.com", PASSWORD).location == "/"
    assert "Anna" in client.get("/customers").text
    assert client.post("/logout", data={"csrf_token": token(client, "/")}).status_code == 302
    assert client.get("/customers").status_code == 302


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(app: Flask, login: Login) -> None:
    login()
    wrong = log_in(app.test_client(), "ola@example.com", "wrong horse battery")
    unknown = log_in(app.test_client(), "nobody@example.com", PASSWORD)
    assert "do not go together" in wrong.text
    assert "do not go together" in unknown.text
    assert wrong.status_code == unknown.status_code == 200


def test_a_form_without_its_token_changes_nothing(app: Flask, shop: Shopful, login: Login) -> None:
    client = login()
    for page, form in (
        ("/rules/thank-you/pause", {"paused": "yes"}),
        ("/account", {"old": PASSWORD}),
        ("/language", {"language": "pl"}),
    ):
        assert client.post(page, data=form).status_code == 400
    assert not RuleState.select().where(RuleState.paused == True).exists()  # noqa: E712
    form = {"email": "ola@example.com", "password": PASSWORD}
    assert "out of date" in app.test_client().post("/login", data=form).text


def test_guessing_is_slowed_down_for_the_one_who_is_guessed_at(app: Flask, login: Login) -> None:
    login()
    client = app.test_client()
    answers = [log_in(client, "ola@example.com", "wrong horse").status_code for _ in range(11)]
    assert answers[-1] == 429
    assert "Too fast" in log_in(client, "ola@example.com", PASSWORD).text


def test_a_new_password_ends_every_other_session_but_not_the_one_that_set_it(
    app: Flask, login: Login
) -> None:
    here, elsewhere = login(), app.test_client()
    log_in(elsewhere, "ola@example.com", PASSWORD)
    form = {"old": PASSWORD, "new": "another horse battery", "again": "another horse battery"}
    assert here.post("/account", data={**form, "csrf_token": token(here, "/account")}).status_code == 302
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert log_in(app.test_client(), "ola@example.com", "another horse battery").status_code == 302


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"old": "wrong", "new": "another horse battery", "again": "another horse battery"}, "is not right"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "at least 10 characters"),
        ({"old": PASSWORD, "new": "another horse battery", "again": "another horse batteri"}, "differ"),
    ],
    ids=["wrong old", "short", "differ"],
)
def test_a_password_is_not_changed_by_mistake(
    app: Flask, login: Login, form: dict[str, str], words: str
) -> None:
    client = login()
    assert words in client.post("/account", data={**form, "csrf_token": token(client, "/account")}).text
    assert log_in(app.test_client(), "ola@example.com", PASSWORD).status_code == 302


@pytest.mark.parametrize(
    "change", [lambda user: set_password(user, "a new long password"), lambda user: set_active(user, False)]
)
def test_what_the_operator_changes_ends_sessions_at_once(login: Login, change: Any) -> None:
    client = login()
    change(find_user("ola@example.com"))
    assert client.get("/").status_code == 302


def test_a_viewer_looks_but_does_not_act(shop: Shopful, login: Login) -> None:
    client = login("viewer")
    assert client.get("/rules/thank-you").status_code == 200
    assert "/pause" not in client.get("/rules").text
    answer = client.post("/rules/thank-you/pause", data={"paused": "yes", "csrf_token": token(client, "/")})
    assert answer.status_code == 403
    assert not RuleState.select().where(RuleState.paused == True).exists()  # noqa: E712


def test_every_page_has_the_headers_that_keep_scripts_and_frames_out(
    app: Flask, shop: Shopful, login: Login
) -> None:
    client = login()
    for page in (*PAGES, "/login", "/mailbox", "/nowhere"):
        headers = client.get(page).headers
        policy = headers["Content-Security-Policy"]
        if not page.endswith("/html"):
            assert "default-src 'none'" in policy, page
            assert "unsafe" not in policy, page
            assert "frame-ancestors 'none'" in policy, page
            assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff", page
        assert headers["Cache-Control"] == "no-store", page
        assert "Strict-Transport-Security" not in headers


def test_over_https_cookies_are_secure_and_hsts_is_on(store: Store) -> None:
    app = create_app(config(public_url="https://mail.optyk.example"), store, Still(), SECRET_KEY="test")
    answer = app.test_client().get("/login", base_url="https://mail.optyk.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-regulars=")
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"].lower()


def test_passwords_are_kept_as_argon2id() -> None:
    assert hashed(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3")
