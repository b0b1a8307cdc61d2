"""Customers see what they agreed to, take back what they like, and read why they got a mail."""

from __future__ import annotations

from typing import Any

from engine.consent import granted
from models import Customer
from tests.web.shopful import NOW, Shopful


def test_anna_takes_back_one_purpose_and_keeps_the_other(client: Any, mail: Any, anna: Any) -> None:
    page = client.get(f"/p/{mail.token}").text
    assert page.count('name="withdraw"') == 3  # each, and all at once
    after = client.post(f"/p/{mail.token}", data={"withdraw": "newsletter"})
    assert "Zapisano" in after.text
    assert (granted(anna.id, "marketing", NOW), granted(anna.id, "newsletter", NOW)) == (True, False)


def test_anna_ends_all_advertising(client: Any, mail: Any, anna: Any) -> None:
    client.post(f"/p/{mail.token}", data={"withdraw": "*"})
    assert (granted(anna.id, "marketing", NOW), granted(anna.id, "newsletter", NOW)) == (False, False)
    assert 'name="withdraw"' not in client.get(f"/p/{mail.token}").text


def test_only_purposes_of_this_server_can_be_taken_back(client: Any, mail: Any, anna: Any) -> None:
    for asked in ("transactional", "nonesuch", ""):
        assert client.post(f"/p/{mail.token}", data={"withdraw": asked}).status_code == 400
    assert granted(anna.id, "marketing", NOW)


def test_why_tells_what_was_bought_and_when_she_agreed(client: Any, mail: Any, anna: Any) -> None:
    text = client.get(f"/w/{mail.token}").text
    assert "Miał temat „Anna, time for new lenses”" in text
    assert "Zakup z 22 grudnia 2025: Acuvue Oasys 30." in text
    assert "Zgoda na „oferty i przypomnienia” wyrażona 2 grudnia 2025 (przy zamówieniu)." in text
    client.post(f"/u/{mail.token}")
    assert "masz już wycofaną" in client.get(f"/w/{mail.token}").text


def test_why_tells_that_a_mail_about_an_order_needs_no_consent(client: Any, shop: Shopful, anna: Any) -> None:
    thanks = shop.message(
        anna, "thank-you", purpose="transactional", anchors=[{"kind": "ordered", "at": NOW}]
    )
    Customer.update(language="en").where(Customer.id == anna.id).execute()
    text = client.get(f"/w/{thanks.token}").text
    assert "You placed an order on 12 March 2026." in text or "You placed an order on March 12, 2026." in text
    assert "such mails need no consent" in text


def test_why_counts_years_and_knows_the_calendar(client: Any, shop: Shopful, anna: Any) -> None:
    moments = [
        {"kind": "anniversary", "at": NOW, "years": 5},
        {"kind": "every", "at": NOW},
        {"kind": "odd", "at": NOW},
    ]
    told = client.get(f"/w/{shop.message(anna, 'x', anchors=moments).token}").text
    assert "minęło: 5 lat" in told
    assert "Otrzymują go wszyscy" in told
    assert "Zdarzenie z 12 marca 2026" in told
