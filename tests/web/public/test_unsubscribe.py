"""Whoever has had enough says so with one click, and nothing else does it for them."""

from __future__ import annotations

from typing import Any

import pytest

from engine.consent import granted
from models import ConsentChange, Customer, Message
from tests.web.shopful import NOW, Shopful

ONE_CLICK = "List-Unsubscribe=One-Click"
MULTIPART = (
    '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
    "multipart/form-data; boundary=b",
)
BODIES = {
    "as RFC 8058 says": (ONE_CLICK, "application/x-www-form-urlencoded"),
    "as a multipart form": MULTIPART,
    "with the button": ("", "application/x-www-form-urlencoded"),
    "as anything else": ("\0garbage", "text/plain"),
}


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_looking_at_the_link_changes_nothing(client: Any, mail: Any, anna: Any, method: str) -> None:
    answer = getattr(client, method)(f"/u/{mail.token}")
    assert answer.status_code == 200
    assert granted(anna.id, "marketing", NOW)
    assert ConsentChange.select().count() == 2


@pytest.mark.parametrize("body", BODIES)
def test_one_post_unsubscribes_at_once_without_cookies_or_tokens_of_ours(
    client: Any, mail: Any, anna: Any, body: str
) -> None:
    content, kind = BODIES[body]
    answer = client.post(f"/u/{mail.token}", data=content, content_type=kind)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert not granted(anna.id, "marketing", NOW)
    assert granted(anna.id, "newsletter", NOW)


def test_posting_again_is_as_good_as_the_first_time(client: Any, mail: Any) -> None:
    answers = [client.post(f"/u/{mail.token}", data=ONE_CLICK).status_code for _ in range(3)]
    assert answers == [200, 200, 200]
    assert ConsentChange.select().where(ConsentChange.granted == False).count() == 1  # noqa: E712


def test_it_holds_for_everybody_who_shares_the_mailbox_and_stops_what_is_queued(
    client: Any, shop: Shopful, mail: Any, anna: Any
) -> None:
    borys = shop.customer("Borys", "borys", address=anna.address, email=anna.email)
    shop.consent(borys, "marketing")
    queued = shop.message(borys, "win-back", "queued")
    client.post(f"/u/{mail.token}", data=ONE_CLICK)
    assert not granted(borys.id, "marketing", NOW)
    assert Message.get_by_id(queued.id).state == "cancelled"


def test_a_mail_about_an_order_offers_to_end_all_advertising(client: Any, shop: Shopful, anna: Any) -> None:
    thanks = shop.message(anna, "thank-you", purpose="transactional")
    assert "oferty i przypomnienia, newsletter" in client.get(f"/u/{thanks.token}").text
    client.post(f"/u/{thanks.token}")
    assert not granted(anna.id, "marketing", NOW)
    assert not granted(anna.id, "newsletter", NOW)


def test_an_erased_customers_link_still_answers(client: Any, mail: Any, anna: Any) -> None:
    Customer.update(address=None, erased_at=NOW, first_name=None, email=None).where(
        Customer.id == anna.id
    ).execute()
    assert client.get(f"/u/{mail.token}").status_code == 200
    assert client.post(f"/u/{mail.token}", data=ONE_CLICK).status_code == 200


@pytest.mark.parametrize("page", ["/u/", "/p/", "/w/"])
@pytest.mark.parametrize("token", ["aaaaaaaaaaaaaaaa", "x", "..%2f..%2fetc", "'--", "a" * 300])
def test_a_link_that_we_never_wrote_leads_nowhere(client: Any, mail: Any, page: str, token: str) -> None:
    answers = [client.get(page + token)] + ([client.post(page + token)] if page != "/w/" else [])
    assert {answer.status_code for answer in answers} == {404}
    assert ConsentChange.select().count() == 2


BUTTONS = {
    "pl": "Wypisz mnie", "uk": "Відписати мене", "ru": "Отписать меня", "en": "Unsubscribe",
    None: "Wypisz mnie", "de": "Unsubscribe",
}  # fmt: skip


@pytest.mark.parametrize("language", BUTTONS)
def test_customers_are_spoken_to_in_their_language(
    client: Any, mail: Any, anna: Any, language: str | None
) -> None:
    Customer.update(language=language).where(Customer.id == anna.id).execute()
    assert BUTTONS[language] in client.get(f"/u/{mail.token}").text


def test_these_pages_tell_nobody_their_address_and_run_no_script(client: Any, mail: Any) -> None:
    for page in (f"/u/{mail.token}", f"/p/{mail.token}", f"/w/{mail.token}", "/u/nonesuch"):
        headers = client.get(page).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in headers
