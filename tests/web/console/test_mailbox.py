"""The mail catcher's box: for people a page, for tests a list, and on this machine both without a login."""

from __future__ import annotations

from flask import Flask

from engine.store import Store
from engine.web.app import create_app
from tests.web.shopful import Shopful, Still, config


def test_caught_mails_come_as_a_list_in_order_of_arrival(shop: Shopful, app: Flask) -> None:
    shop.caught("borys@example.com", "Dziękujemy za zamówienie 🎉", "<p>Cześć</p>", "Cześć")
    mails = app.test_client().get("/mailbox.json").json
    assert [mail["to"] for mail in mails] == ["anna@example.com", "borys@example.com"]
    last = mails[-1]
    assert (last["text"].strip(), last["html"].strip()) == ("Cześć", "<p>Cześć</p>")
    assert last["at"] == "2026-03-12T08:59:00+00:00"
    assert last["headers"]["To"] == "borys@example.com"
    assert last["raw"].startswith("To: borys@example.com\r\n")
    assert app.test_client().get("/mailbox.json?to=anna@example.com").json == mails[:1]
    assert app.test_client().get(f"/mailbox.json?after={mails[0]['id']}").json == mails[1:]


def test_an_empty_box_is_an_empty_list(app: Flask, store: Store) -> None:
    assert app.test_client().get("/mailbox.json").json == []


def test_a_long_box_comes_whole(shop: Shopful, app: Flask) -> None:
    for number in range(450):
        shop.caught(f"z{number}@example.com", "Hello")
    assert len(app.test_client().get("/mailbox.json").json) == 451


def test_the_box_is_open_only_to_this_machine_and_only_while_the_catcher_stands_in(
    shop: Shopful, app: Flask, store: Store
) -> None:
    client = app.test_client()
    assert client.get("/mailbox").status_code == 200
    assert client.get("/mailbox.json", environ_overrides={"REMOTE_ADDR": "10.0.0.7"}).status_code == 302
    assert client.get("/mailbox.json", base_url="http://evil.example").status_code == 302
    assert client.get("/mailbox.json", headers={"X-Forwarded-For": "10.0.0.7"}).status_code == 302
    relayed = create_app(config(relay={"host": "smtp.example.com"}), store, Still(), SECRET_KEY="test")
    assert relayed.test_client().get("/mailbox.json").status_code == 302


def test_one_mail_is_shown_with_text_headers_and_a_sandboxed_frame(shop: Shopful, app: Flask) -> None:
    key = shop.caught("anna@example.com", "Offer", "<p onclick='x()'>Hi</p><script>alert(1)</script>").id
    client = app.test_client()
    page, frame = client.get(f"/mailbox/{key}"), client.get(f"/mailbox/{key}/html")
    assert "<script" not in page.text
    assert 'sandbox title="As the customer sees it"' in page.text
    policy = frame.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert client.get("/mailbox/999").status_code == 404
