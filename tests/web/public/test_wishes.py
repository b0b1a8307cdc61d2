"""Fewer mails, a pause, no profiling, and a yes: what Anna may wish on her page of choices, without cookies or script."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from engine.clock import DAY
from engine.consent import granted
from engine.consent.standing import Standing, standings
from engine.consent.tokens import customer_of, sign
from engine.store import Store
from models import Address, ConsentChange, Customer, Message
from tests.web.shopful import NOW, Shopful

TODAY = date(2026, 3, 12)


def said(customer: Any, at: int = NOW) -> Standing:
    return standings([customer.id], at).get(customer.id, Standing())


def test_anna_asks_for_fewer_mails_and_takes_it_back(client: Any, mail: Any, anna: Any) -> None:
    page = client.get(f"/p/{mail.token}").text
    assert page.count('type="radio"') == 3
    assert re.search(r'value="usual" checked', page)
    after = client.post(f"/p/{mail.token}", data={"often": "1 per 7 days"})
    assert "Zapisano" in after.text
    assert 'value="1 per 7 days" checked' in after.text
    wish = said(anna).wish
    assert wish is not None
    assert (wish.at_most, wish.window_minutes) == (1, 7 * 1440)
    client.post(f"/p/{mail.token}", data={"often": "usual"})
    assert [
        line.granted for line in ConsentChange.select().where(ConsentChange.purpose == "about:frequency")
    ] == [True, False]
    assert said(anna).wish is None


@pytest.mark.parametrize(("asked", "days"), [("14", 14), ("30", 30), ("90", 90)])
def test_anna_pauses_for_some_days_to_the_first_moment_of_a_day_of_hers(
    client: Any, mail: Any, anna: Any, asked: str, days: int
) -> None:
    after = client.post(f"/p/{mail.token}", data={"pause": asked}).text
    assert "tylko maile o zamówieniach" in after
    until_at = said(anna).paused_until_at
    assert until_at is not None
    assert (until_at - NOW) // DAY == days - 1  # ten in the morning to midnight
    assert said(anna, until_at).paused_until_at is None


def test_a_pause_until_a_date_of_her_own(client: Any, mail: Any, anna: Any) -> None:
    day = TODAY + timedelta(days=20)
    assert client.post(f"/p/{mail.token}", data={"pause": "until", "until": str(day)}).status_code == 200
    assert "do 1 kwietnia 2026" in client.get(f"/p/{mail.token}").text.lower()
    assert said(anna).paused_until_at is not None


@pytest.mark.parametrize(
    "until",
    [
        "",
        "tomorrow",
        str(TODAY),
        str(TODAY - timedelta(days=1)),
        str(TODAY + timedelta(days=400)),
        "9999-99-99",
    ],
)
def test_a_day_that_is_past_or_far_away_is_no_end_of_a_pause(
    client: Any, mail: Any, anna: Any, until: str
) -> None:
    assert client.post(f"/p/{mail.token}", data={"pause": "until", "until": until}).status_code == 400
    assert said(anna).paused_until_at is None


def test_anna_objects_to_profiling_and_allows_it_again(client: Any, mail: Any, anna: Any) -> None:
    assert "wnieść sprzeciw" in client.get(f"/p/{mail.token}").text
    after = client.post(f"/p/{mail.token}", data={"profiling": "object"}).text
    assert "Sprzeciw przyjęty" in after
    assert said(anna).objects
    assert granted(anna.id, "marketing", NOW)
    line = ConsentChange.get(ConsentChange.purpose == "about:profiling")
    assert (line.source, line.request_address) == ("preferences", "127.0.0.1")


def test_anna_agrees_again_from_her_mailbox_with_the_words_she_read(
    client: Any, mail: Any, anna: Any, shop: Shopful
) -> None:
    shop.consent(anna, "newsletter", granted=False, at=NOW - DAY)
    page = client.get(f"/p/{mail.token}").text
    assert "Zgadzam się, aby Optyk Zielińska wysyłał mi e-mailem: newsletter." in page
    client.post(f"/p/{mail.token}", data={"agree": "newsletter"})
    assert granted(anna.id, "newsletter", NOW)
    line = ConsentChange.select().order_by(ConsentChange.id.desc()).first()
    assert line.wording.startswith("Zgadzam się, aby Optyk")
    assert (line.basis, line.asked_at, line.confirmed_at, line.source) == (
        "explicit",
        NOW,
        NOW,
        "preferences",
    )
    assert "example.com" not in line.wording


@pytest.mark.parametrize(
    "form",
    [
        {}, {"often": "9 per 1 days"}, {"profiling": "maybe"}, {"agree": "transactional"}, {"agree": "nonesuch"},
        {"often": "usual", "profiling": "object"}, {"pause": "-5"}, {"pause": "14x"}, {"nonsense": "1"},
    ],
)  # fmt: skip
def test_what_no_button_says_changes_nothing(client: Any, mail: Any, form: dict[str, str]) -> None:
    before = ConsentChange.select().count()
    assert client.post(f"/p/{mail.token}", data=form).status_code == 400
    assert ConsentChange.select().count() == before


def test_it_holds_for_everybody_who_shares_the_mailbox(
    client: Any, shop: Shopful, mail: Any, anna: Any
) -> None:
    borys = shop.customer("Borys", "borys", address=anna.address, email=anna.email)
    client.post(f"/p/{mail.token}", data={"profiling": "object"})
    client.post(f"/p/{mail.token}", data={"pause": "14"})
    assert (said(borys).objects, said(borys).paused_until_at) == (True, said(anna).paused_until_at)


def test_an_address_that_gets_no_mail_is_not_asked_to_agree(
    client: Any, mail: Any, anna: Any, shop: Shopful
) -> None:
    shop.consent(anna, "newsletter", granted=False, at=NOW - DAY)
    Address.update(suppressed_at=NOW, suppressed_reason="hard_bounce").where(
        Address.id == anna.address_id
    ).execute()
    assert 'name="agree"' not in client.get(f"/p/{mail.token}").text
    assert client.post(f"/p/{mail.token}", data={"agree": "newsletter"}).status_code == 400


@pytest.mark.parametrize("language", ["pl", "uk", "ru", "en"])
def test_the_page_speaks_the_customers_language_and_needs_neither_script_nor_cookie(
    client: Any, mail: Any, anna: Any, language: str
) -> None:
    Customer.update(language=language).where(Customer.id == anna.id).execute()
    answer = client.get(f"/p/{mail.token}")
    words = {"pl": "Jak często", "uk": "Як часто", "ru": "Как часто", "en": "How often"}
    assert words[language] in answer.text
    assert f'lang="{language}"' in answer.text
    assert "<script" not in answer.text
    assert "Set-Cookie" not in answer.headers


# --- erased, and signed ---------------------------------------------------------------------------------


def test_an_erased_reader_is_shown_no_digest_and_can_change_nothing(
    client: Any, mail: Any, anna: Any
) -> None:
    digest = "erased:0123456789abcdef"
    Address.update(email=digest, suppressed_at=NOW, suppressed_reason="erased").where(
        Address.id == anna.address_id
    ).execute()
    Customer.update(address=None, erased_at=NOW, email=None, language=None).where(
        Customer.id == anna.id
    ).execute()
    before = ConsentChange.select().count()
    page = client.get(f"/p/{mail.token}")
    assert (page.status_code, "Już Cię nie znamy" in page.text) == (200, True)
    for path in ("/p/", "/u/", "/w/"):
        assert digest not in client.get(f"{path}{mail.token}").text
    assert client.post(f"/p/{mail.token}", data={"profiling": "object"}).status_code == 400
    answer = client.post(f"/u/{mail.token}", data="List-Unsubscribe=One-Click",
                         content_type="application/x-www-form-urlencoded")  # fmt: skip
    assert (answer.status_code, ConsentChange.select().count()) == (200, before)


def test_one_click_is_told_from_the_button_in_the_ledger(client: Any, mail: Any) -> None:
    client.post(f"/u/{mail.token}", data="List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded",
                headers={"Cookie": "session=stolen", "User-Agent": "Google"})  # fmt: skip
    line = ConsentChange.select().order_by(ConsentChange.id.desc()).first()
    assert (line.granted, line.source, line.request_address) == (False, "one-click", "127.0.0.1")


def test_a_signed_link_opens_the_page_of_choices_of_that_customer_alone(
    client: Any, store: Store, anna: Any, shop: Shopful
) -> None:
    store.secret = b"the key of this home"
    token = sign(store.secret, anna.id)
    assert (customer_of(store.secret, token), len(token)) == (anna.id, 32)
    assert "anna@example.com" in client.get(f"/p/{token}").text
    assert client.get(f"/w/{token}").status_code == 404
    assert client.get(f"/y/{token}").status_code == 404
    client.post(f"/u/{token}")
    assert said(anna).consents == frozenset()


def test_a_token_that_is_cut_spliced_or_signed_with_another_key_leads_nowhere(
    client: Any, store: Store, anna: Any, shop: Shopful
) -> None:
    store.secret = b"the key of this home"
    borys = shop.customer("Borys", "borys")
    token, other = sign(store.secret, anna.id), sign(store.secret, borys.id)
    spliced = other[:8] + token[8:]
    for bad in (token[:-1], spliced, sign(b"another key", anna.id), token[:-1] + ("A" if token[-1] != "A" else "B"),
                sign(store.secret, 999_999), "A" * 32, "-" * 32):  # fmt: skip
        assert client.get(f"/p/{bad}").status_code == 404, bad
        assert client.post(f"/p/{bad}", data={"profiling": "object"}).status_code == 404
    store.secret = b""
    assert client.get(f"/p/{sign(b'', anna.id)}").status_code == 404  # no key, no links
    assert Message.select().count() == 0
