"""Who may open what: asked of every address that the server has, so that a new one cannot be forgotten."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask

import models
from engine.store import Store
from models import Act, Click, Message
from tests.security.routes import Page, has_something_to_show, pages
from tests.web.console.conftest import PASSWORD, Login, token
from tests.web.shopful import Shopful

ANYBODY, VIEWER, MARKETER, ADMIN = "anybody", "viewer", "marketer", "admin"
RANKS = (ANYBODY, VIEWER, MARKETER, ADMIN)
# The least that somebody must be. The mailbox is nearby's too while the catcher stands in (docs/console.md).
LEAST = {
    "GET console.account": VIEWER, "POST console.account": VIEWER, "GET console.audit": ADMIN,
    "GET console.overview": VIEWER, "GET console.forecast": VIEWER, "GET console.customers": VIEWER,
    "GET console.customer": VIEWER, "GET console.explain_customer": VIEWER, "GET console.rules": VIEWER,
    "GET console.rule": VIEWER, "GET console.all_versions": VIEWER, "GET console.one_version": VIEWER,
    "GET console.outbox": VIEWER, "GET console.message": VIEWER, "GET console.message_html": VIEWER,
    "GET console.mailbox": VIEWER, "GET console.mailbox_json": VIEWER, "GET console.mail": VIEWER,
    "GET console.mail_html": VIEWER, "POST console.pause_one": MARKETER, "POST console.release_one": MARKETER,
    "POST console.lift_suppression": MARKETER,
    "GET console.visits": VIEWER,
    "GET console.keys": ADMIN, "POST console.make_key": ADMIN, "POST console.rotate_key": ADMIN,
    "POST console.revoke_key": ADMIN, "POST console.empty_tests": ADMIN,
    "GET console.sources": VIEWER, "POST console.test_source": MARKETER, "POST console.take_all_again": MARKETER,
    "POST console.take_message_again": MARKETER, "POST console.ask_source": MARKETER,
    "GET console.endpoints": VIEWER, "POST console.try_endpoint": MARKETER, "POST console.pause_endpoint": MARKETER,
    "POST console.tell_all_again": MARKETER, "POST console.tell_again": MARKETER,
    "POST console.choose_shop": VIEWER, "POST console.choose_language": ANYBODY,
    "GET security.login": ANYBODY, "POST security.login": ANYBODY, "POST security.logout": ANYBODY,
    "GET public.follow": ANYBODY, "GET public.preferences": ANYBODY, "POST public.save_preferences": ANYBODY,
    "GET public.ask_to_unsubscribe": ANYBODY, "POST public.unsubscribe": ANYBODY, "GET public.why": ANYBODY,
    "POST public.stop": ANYBODY, "GET public.ask_to_confirm": ANYBODY,
    "POST public.confirm_consent": ANYBODY, "GET schemas.schema": ANYBODY,
}  # fmt: skip
FORMS = {"console.pause_one": {"paused": "yes"}, "public.save_preferences": {"withdraw": "marketing"},
         "public.stop": {"stop": "purpose"}, "console.choose_shop": {"shop": "optyk"},
         "console.choose_language": {"language": "pl"}}  # fmt: skip
ELSEWHERE = {
    "environ_base": {"REMOTE_ADDR": "203.0.113.9"}
}  # not this machine: the mailbox asks for a login too
CONSOLE = ("console.", "security.")


def every(app: Flask) -> list[Page]:
    """Every page that people can ask for, or post to."""
    return list(pages(app, methods=("GET", "POST", "PUT", "PATCH", "DELETE")))


def ask(client: Any, page: Page, csrf: str | None = None) -> Any:
    form = {**FORMS.get(page.endpoint, {}), **({"csrf_token": csrf} if csrf else {})}
    return client.open(
        page.path, method=page.method, data=form if page.method != "GET" else None, **ELSEWHERE
    )


def test_every_address_says_who_may_use_it(app: Flask, shop: Shopful) -> None:
    assert has_something_to_show()
    named = {f"{page.method} {page.endpoint}" for page in every(app)}
    assert named ^ set(LEAST) == set(), "say in LEAST who may use what is new, and leave out what is gone"


def test_without_a_login_nothing_of_the_console_opens(app: Flask, client: Any) -> None:
    for page in every(app):
        if LEAST[f"{page.method} {page.endpoint}"] != ANYBODY:
            answer = ask(client, page)
            led_to_login = answer.status_code == 302 and answer.location.startswith("/login")
            assert led_to_login or (page.method == "POST" and answer.status_code == 400), page


@pytest.mark.parametrize("role", [VIEWER, MARKETER, ADMIN])
def test_each_role_may_do_what_it_may_and_nothing_else(
    app: Flask, shop: Shopful, login: Login, role: str
) -> None:
    client = login(role)
    csrf = token(client, "/account")
    for page in every(app):
        if page.endpoint.startswith("security."):
            continue
        allowed = RANKS.index(role) >= RANKS.index(LEAST[f"{page.method} {page.endpoint}"])
        status = ask(client, page, csrf).status_code
        assert (status != 403) == allowed, (page, status)
        assert status < 500, (page, status)


def test_a_form_of_the_console_changes_nothing_without_its_token(
    app: Flask, shop: Shopful, login: Login
) -> None:
    client = login(ADMIN)
    foreign = token(app.test_client())  # of another session
    before = everything()
    for page in every(app):
        if page.method == "GET" or not page.endpoint.startswith(CONSOLE):
            continue
        for wrong in (None, "", "x" * 91, foreign):
            answer = ask(client, page, wrong)
            assert answer.status_code == 400 or "out of date" in answer.text, (page, wrong)
    assert everything() == before
    assert client.get("/", **ELSEWHERE).status_code == 200, "nobody was logged out"


def test_looking_changes_nothing(app: Flask, shop: Shopful, login: Login) -> None:
    """GET is what scanners, previews and prefetching do; a click alone is written down, as a click."""
    client = login(ADMIN)
    before = everything()
    for page in every(app):
        if page.method == "GET":
            for method in ("GET", "HEAD"):
                assert client.open(page.path, method=method, **ELSEWHERE).status_code < 400, page
    assert everything() == before


def everything() -> dict[str, list[str]]:
    """Every row of every table, but for clicks and the numbers that `/metrics` shows."""
    tables = (table for table in models.TABLES if table not in (Click, models.Tally))
    return {table._meta.table_name: sorted(map(str, table.select().tuples())) for table in tables}


def test_every_answer_keeps_scripts_frames_and_guesses_out(app: Flask, shop: Shopful, login: Login) -> None:
    client = login(ADMIN)
    shown = ("console.mail_html", "console.message_html")
    for page in every(app):
        answer = ask(client, page)
        policy, kind = answer.headers.get("Content-Security-Policy", ""), answer.mimetype
        assert answer.headers.get("X-Content-Type-Options") == "nosniff" or kind == "application/json", page
        if kind != "text/html":
            continue
        assert "default-src 'none'" in policy, page
        assert "base-uri 'none'" in policy, page
        assert "script-src" not in policy, page
        assert ("'unsafe-inline'" in policy) == (page.endpoint in shown), page
        assert "sandbox" in policy if page.endpoint in shown else "frame-ancestors 'none'" in policy, page
        assert answer.headers["Cache-Control"] == "no-store", page


@pytest.mark.parametrize(
    "there",
    ["http://localhost//evil.example/x",
     "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "https:evil.example",
     "/%09/evil.example", "/\t/evil.example", "javascript:alert(1)", "https://localhost@evil.example/", "http:///evil.example"],
)  # fmt: skip
def test_nothing_that_a_link_says_leads_out_of_the_console(
    app: Flask, shop: Shopful, login: Login, there: str
) -> None:
    client, fresh = login(ADMIN), app.test_client()
    form = {
        "email": "ola@example.com",
        "password": PASSWORD,
        "csrf_token": token(fresh, "/login"),
        "next": there,
    }
    led = [fresh.post("/login", query_string={"next": there}, data=form)]
    csrf = token(client, "/account")
    for path in ("/language", "/shop", "/rules/lens-refill/pause", "/logout"):
        form = {
            "csrf_token": csrf,
            "language": "pl",
            "shop": "optyk",
            "paused": "yes",
            "back": there,
            "next": there,
        }
        led.append(client.post(path, data=form, headers={"Referer": there}, query_string={"next": there}))
    for answer in led:
        assert answer.status_code in (200, 302, 303), answer.request.path
        # as a browser reads it: relative to the page, and a backslash is a stroke
        place = urlsplit(urljoin("http://localhost/login", (answer.location or "/").replace("\\", "/")))
        assert (place.scheme, place.netloc) == ("http", "localhost"), (answer.request.path, answer.location)


def test_a_copied_cookie_opens_nothing_after_a_logout(app: Flask, shop: Shopful, login: Login) -> None:
    client, thief = login(ADMIN), app.test_client()
    cookie = client.get_cookie("regulars")
    thief.set_cookie("regulars", cookie.value)
    assert thief.get("/").status_code == 200
    client.post("/logout", data={"csrf_token": token(client, "/")})
    assert thief.get("/").status_code == 302


def test_a_role_that_is_taken_away_counts_from_the_next_page_on(shop: Shopful, login: Login) -> None:
    from engine.web.console.people import find_user, set_role

    client = login(ADMIN)
    assert client.get("/audit").status_code == 200
    set_role(find_user("ola@example.com"), VIEWER)
    assert client.get("/audit").status_code == 403


def test_links_are_made_with_our_own_address_whatever_host_is_asked_for(
    store: Store, app: Flask, shop: Shopful, login: Login
) -> None:
    client = login(ADMIN)
    for path in (
        "/",
        "/login",
        f"/u/{Message.select().first().token}",
        f"/outbox/{Message.select().first().id}/html",
    ):
        answer = client.get(path, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
        assert "evil.example" not in answer.text, path
        assert "evil.example" not in (answer.location or ""), path
    assert Act.select().exists()
