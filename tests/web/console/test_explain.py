"""The console explains a customer: rule and moment from a form, in the reader's language."""

from __future__ import annotations

import pytest

from engine.rulebook.load import load_text
from engine.rulebook.versions import publish
from engine.rulebook.vocabulary import Vocabulary
from engine.store import Store
from models import Customer, User
from tests.web.console.conftest import Login
from tests.web.shopful import NOW, RULES, Shopful

ANNA, BORYS = 1, 2


@pytest.fixture
def published(shop: Shopful) -> Shopful:
    """The shop with its rulebook published."""
    publish(load_text({"rules/all.yaml": RULES}, Vocabulary()), NOW)
    return shop


def test_a_customers_page_leads_to_the_explanation(published: Shopful, login: Login) -> None:
    assert 'href="/customers/1/explain"' in login().get("/customers/1").text


def test_every_rule_is_explained_now(published: Shopful, login: Login) -> None:
    page = login().get(f"/customers/{ANNA}/explain").text
    assert page.count('<section class="card explained">') == 4  # three rules and the policy
    assert "The purchase of Acuvue Oasys 30" in page
    assert "There is no consent to “newsletter”, so nothing is sent." in page
    assert "The address is anna@example.com." in page


def test_one_rule_at_another_moment_of_the_shops_clock(published: Shopful, login: Login) -> None:
    page = login().get(f"/customers/{ANNA}/explain?rule=newsletter&at=2026-03-14T12:00").text
    assert page.count('<section class="card explained">') == 2
    assert 'value="2026-03-14T12:00"' in page
    assert "as of 14 March 2026, 12:00 (Europe/Warsaw)" in page
    assert "A moment of the rule comes on 15 Mar, 10:00." in page
    assert "are not counted here; the forecast counts them" in page
    assert '<option value="newsletter" selected>' in page


@pytest.mark.parametrize(
    ("language", "words"), [("pl", "Adres to borys@example.com."), ("uk", "Адреса – borys@example.com.")]
)
def test_it_speaks_the_readers_language(published: Shopful, login: Login, language: str, words: str) -> None:
    client = login()
    User.update(language=language).execute()
    assert words in client.get(f"/customers/{BORYS}/explain").text


def test_an_unreadable_moment_and_an_unknown_rule_do_no_harm(published: Shopful, login: Login) -> None:
    client = login()
    assert "could not be read" in client.get("/customers/1/explain?at=soon").text
    for far in ("0001-01-01T00:00", "9999-12-31T23:59"):
        assert "could not be read" in client.get(f"/customers/1/explain?at={far}").text
    assert client.get("/customers/1/explain?rule=nonesuch").status_code == 200
    assert client.get("/customers/99/explain").status_code == 404


def test_nobody_is_explained_to_strangers(published: Shopful, store: Store, app) -> None:  # type: ignore[no-untyped-def]
    assert app.test_client().get("/customers/1/explain").status_code == 302


def test_an_erased_customer_is_explained_too(published: Shopful, login: Login) -> None:
    Customer.update(erased_at=NOW, first_name=None, last_name=None, email=None, address=None).where(
        Customer.id == BORYS
    ).execute()
    page = login().get(f"/customers/{BORYS}/explain")
    assert page.status_code == 200
    assert "was erased on" in page.text
