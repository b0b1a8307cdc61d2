"""Pace, refusals and late work in the console and in /metrics: what an operator sees without reading a log."""

from __future__ import annotations

import pytest

from engine.clock import DAY, HOUR, MINUTE
from engine.config import Config
from engine.outbox.away import note_away
from engine.outbox.pace import slow_down
from engine.outbox.refusals import pause_refused
from engine.store import Store
from models import Customer
from tests.web.console.conftest import Login, token
from tests.web.shopful import NOW, Shopful, config

WORDS = {"en": "Pace by provider", "pl": "Tempo według dostawców", "uk": "Темп за постачальниками"}
SLOWED = {"en": "when it said 4.7.28", "pl": "po odpowiedzi 4.7.28", "uk": "після відповіді 4.7.28"}


def _settings() -> Config:
    return config()


def _refused(store: Store, shop: Shopful) -> None:
    """Ten mails of the lens refill that receivers refused."""
    anna = Customer.get()
    keys = [
        shop.message(
            anna,
            "lens-refill",
            "refused",
            at=NOW - MINUTE,
            reason="refused_by_policy",
            reply="550 5.7.1 <img> blocked",
        ).id
        for _ in range(10)
    ]
    assert pause_refused(store, keys, _settings().rules.refusals, NOW) == ["lens-refill"]


@pytest.mark.parametrize("language", ["en", "pl", "uk"])
def test_the_outbox_shows_a_provider_that_was_slowed_and_what_waits_for_it(
    store: Store, shop: Shopful, login: Login, language: str
) -> None:
    client = login()
    assert WORDS["en"] not in client.get("/outbox").text
    shop.message(Customer.get(), "lens-refill", "queued", at=NOW, domain_group="google")
    slow_down(store, _settings().pace, {("google", "4.7.28")}, NOW)
    client.post("/language", data={"language": language, "csrf_token": token(client, "/")})
    text = client.get("/outbox").text
    assert (WORDS[language] in text, SLOWED[language] in text) == (True, True)
    assert '<td class="right">600</td><td class="right">1</td>' in text


def test_a_rule_that_receivers_refuse_says_why_it_is_paused_until_somebody_resumes_it(
    store: Store, shop: Shopful, login: Login
) -> None:
    _refused(store, shop)
    client = login("marketer")
    assert "Receivers refuse the mails of the rule lens-refill" in client.get("/").text
    page = client.get("/rules/lens-refill").text
    assert "receivers had refused 10 of its latest 11 mails by policy" in page
    assert "550 5.7.1 &lt;img&gt; blocked" in page
    assert "Paused by hand" not in page


def test_a_refusal_and_a_staging_address_are_told_in_words(shop: Shopful, login: Login) -> None:
    anna = Customer.get()
    shop.message(anna, "lens-refill", "refused", reason="refused_by_policy", reply="550 5.7.1 no")
    shop.message(anna, "lens-refill", "cancelled", reason="only_to")
    text = login().get("/outbox").text
    assert "the receiver refused it by policy" in text
    assert "only_to in config.yaml does not name this address" in text


def test_the_overview_names_a_relay_that_takes_no_mail(store: Store, shop: Shopful, login: Login) -> None:
    note_away(store, "here", "SMTPConnectError: refused", NOW - HOUR)
    note_away(store, "here", "SMTPConnectError: refused", NOW)
    text = login().get("/").text
    assert "The mail server takes no mail since" in text
    assert "SMTPConnectError: refused" in text


def test_metrics_tell_paces_and_late_work(store: Store, shop: Shopful, login: Login) -> None:
    shop.message(
        Customer.get(), "lens-refill", "queued", at=NOW - DAY, purpose="transactional", domain_group="wp"
    )
    slow_down(store, _settings().pace, {("google", "421")}, NOW)
    text = login().get("/metrics").text
    assert 'regulars_pace_a_minute{provider="google"} 600.0' in text
    assert 'regulars_pace_share{provider="google"} 0.5' in text
    assert 'regulars_pace_a_minute{provider="others"} -1.0' in text
    assert 'regulars_mail_waiting{provider="wp"} 1.0' in text
    assert 'regulars_overdue{kind="orders"} 1.0' in text
    assert 'regulars_overdue{kind="relay"} 0.0' in text
