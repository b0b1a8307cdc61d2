"""Each page shows what the store knows, in plain words, and says so kindly where there is nothing."""

from __future__ import annotations

import pytest
from flask import Flask

from engine.clock import DAY
from engine.store import Store
from models import Customer, Decision, Message, RuleState
from tests.web.console.conftest import Login, token
from tests.web.shopful import NOW, Shopful

EMPTY = {
    "/": "Nothing is waiting",
    "/customers": "No customers yet",
    "/rules": "No rules yet",
    "/outbox": "No mails here",
    "/mailbox": "No mails yet",
}


@pytest.mark.parametrize("page", EMPTY)
def test_an_empty_shop_is_told_what_will_come(store: Store, login: Login, page: str) -> None:
    assert EMPTY[page] in login().get(page).text


def test_the_overview_counts_today_and_the_month_and_says_what_comes_next(
    shop: Shopful, login: Login
) -> None:
    text = login().get("/").text
    assert "The rule win-back cannot be read" in text
    assert "Of 1 mail nobody knows" not in text  # it is older than thirty days
    assert "house rule “peace while a complaint is open”" in text
    assert "13 Mar, 08:00" in text
    assert "15 Mar, 10:00" in text  # the newsletter's next moment
    assert "no consent for this purpose" in text


def test_a_customer_is_found_by_name_address_and_id(shop: Shopful, login: Login) -> None:
    client = login()
    for asked in ("anna", "Anna Nowak", "anna@exam", "ANNA@example.com"):
        found = client.get("/customers", query_string={"q": asked}).text
        assert ("anna@example.com" in found, "borys@example.com" in found) == (True, False), asked
    assert "Nobody fits" in client.get("/customers?q=zenon").text


def test_a_long_list_goes_on_on_the_next_page(shop: Shopful, login: Login) -> None:
    client = login()
    for number in range(60):
        shop.customer("Zofia", f"z{number}")
    first = client.get("/customers?q=zofia").text
    assert first.count("@example.com") == 50
    older = Customer.get(Customer.external_id == "z10").id
    assert f"q=zofia&amp;before={older}" in first
    assert client.get(f"/customers?q=zofia&before={older}").text.count("@example.com") == 10


def test_a_customers_story_is_told_newest_first_with_reasons(shop: Shopful, login: Login) -> None:
    client = login()
    borys = Customer.get(Customer.external_id == "borys")
    text = client.get(f"/customers/{borys.id}").text
    story = [
        "Will be tried again at 12 Mar, 11:00",
        "Held until 13 Mar, 08:00: house rule",
        "Complained",
        "Refund R1",
        "Order 1002",
    ]
    places = [text.index(words) for words in story]
    assert places == sorted(places)
    assert "Acuvue Oasys 30" in text
    assert "I want to hear about offers" in text


def test_a_customer_of_another_shop_or_none_is_not_found(shop: Shopful, login: Login) -> None:
    client = login()
    assert client.get("/customers/999").status_code == 404
    assert "Nothing here" in client.get("/customers/999").text
    for page in ("customers", "outbox", "mailbox"):
        assert client.get(f"/{page}/999999999999999999999").status_code == 404, "no row has such a number"


def test_rules_say_when_they_mail_and_what_they_did(shop: Shopful, login: Login) -> None:
    client = login()
    text = client.get("/rules").text
    assert "80 days after a purchase (optics/contact-lenses), at 10:00" in text
    assert "at once after an order" in text
    assert "every month on 5, 15, the last day, 10:00" in text
    assert "unknown key &#39;wher&#39;" in text
    one = client.get("/rules/lens-refill").text
    assert "unless: {bought: {same: category}}" in one
    assert "thank-you" not in one.split("<pre")[1].split("</pre>")[0]


def test_a_rule_is_paused_and_resumed_with_a_button(shop: Shopful, login: Login) -> None:
    client = login("marketer")
    form = {"csrf_token": token(client, "/rules")}
    page = client.post("/rules/thank-you/pause", data={**form, "paused": "yes"}, follow_redirects=True).text
    assert "is paused" in page
    assert RuleState.get(RuleState.rule == "thank-you").paused
    client.post("/rules/thank-you/pause", data={**form, "paused": "no"})
    assert not RuleState.get(RuleState.rule == "thank-you").paused
    assert client.post("/rules/nonesuch/pause", data={**form, "paused": "yes"}).status_code == 404


def test_the_outbox_shows_mails_of_a_state_with_reason_and_reply(shop: Shopful, login: Login) -> None:
    client = login()
    assert client.get("/outbox").text.count("<tr>") == 6
    later = client.get("/outbox?state=deferred").text
    assert "451 later" in later
    assert later.count("<tr>") == 2
    assert "the customer unsubscribed" in client.get("/outbox?state=cancelled").text
    assert client.get("/outbox?state=%27--").text.count("<tr>") == 6


def test_a_mail_is_shown_as_it_would_be_written_in_a_frame_that_can_do_nothing(
    shop: Shopful, login: Login
) -> None:
    client = login()
    mail = Message.get(Message.rule == "lens-refill")
    page = client.get(f"/outbox/{mail.id}").text
    assert f'sandbox title="Preview" src="/outbox/{mail.id}/html"' in page
    frame = client.get(f"/outbox/{mail.id}/html")
    assert "Come back" in frame.text
    assert "sandbox" in frame.headers["Content-Security-Policy"]
    assert "script-src" not in frame.headers["Content-Security-Policy"]


def test_a_decision_is_told_in_the_three_languages(shop: Shopful, app: Flask, login: Login) -> None:
    client = login()
    celina = Customer.get(Customer.external_id == "celina")
    Decision.update(at=NOW - DAY).where(Decision.customer == celina).execute()
    for language, words in (
        ("pl", "Nie wysłano: brak zgody na ten cel"),
        ("uk", "Не надіслано: немає згоди на цю мету"),
    ):
        client.post("/language", data={"language": language, "csrf_token": token(client, "/")})
        assert words in client.get(f"/customers/{celina.id}").text
        assert f'<html lang="{language}">' in client.get("/").text


def test_before_login_the_browsers_language_counts(app: Flask, store: Store) -> None:
    answer = app.test_client().get("/login", headers={"Accept-Language": "uk-UA,uk;q=0.9,en;q=0.5"})
    assert "Ел. пошта" in answer.text
