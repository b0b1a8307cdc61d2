"""What came back, told in the console; and the way back of an address, in the name of whoever goes it."""

from __future__ import annotations

import pytest

from engine.clock import DAY, HOUR
from engine.consent.returned import CameBack, note
from engine.consent.suppression import HARD, SOFT, SPAM, suppress
from engine.store import Store
from models import Act, Address, Customer, Message, Suppression
from tests.web.console.conftest import Login, token
from tests.web.shopful import NOW, Shopful, config


@pytest.fixture
def anna(shop: Shopful) -> Customer:
    """The first of the shop's customers who has an address."""
    return Customer.get(Customer.first_name == "Anna")


def suppressed(anna: Customer) -> str | None:
    return Address.get_by_id(anna.address_id).suppressed_reason


def test_a_marketer_lets_mail_go_to_an_address_again(store: Store, anna: Customer, login: Login) -> None:
    suppress(store, anna.address_id, HARD, NOW - HOUR)
    client = login("marketer")
    page = client.get(f"/customers/{anna.id}").text
    assert "This address gets no mail at all: the mailbox does not exist" in page
    fields = {"because": "She <b>rang</b> us", "csrf_token": token(client, f"/customers/{anna.id}")}
    after = client.post(f"/customers/{anna.id}/lift", data=fields, follow_redirects=True).text
    assert "Mail may go to this address again" in after
    assert "She &lt;b&gt;rang&lt;/b&gt; us" in after
    assert suppressed(anna) is None
    line, act = Suppression.get(Suppression.act == "lifted"), Act.get(Act.act == "lift suppression")
    assert (line.author, act.author, act.channel, act.customer_number) == (
        "ola@example.com",
        "ola@example.com",
        "console",
        anna.id,
    )
    again = client.post(f"/customers/{anna.id}/lift", data=fields, follow_redirects=True).text
    assert "not suppressed any more" in again


def test_a_spam_report_is_lifted_only_with_a_reason(store: Store, anna: Customer, login: Login) -> None:
    suppress(store, anna.address_id, SPAM, NOW - HOUR)
    client = login("admin")
    fields = {"because": "oops", "csrf_token": token(client, f"/customers/{anna.id}")}
    said = client.post(f"/customers/{anna.id}/lift", data=fields, follow_redirects=True).text
    assert "in ten characters or more" in said
    assert suppressed(anna) == SPAM
    fields["because"] = "She pressed the wrong button, see her letter."
    client.post(f"/customers/{anna.id}/lift", data=fields)
    assert suppressed(anna) is None


def test_a_viewer_and_a_stranger_lift_nothing(store: Store, anna: Customer, login: Login) -> None:
    suppress(store, anna.address_id, HARD, NOW - HOUR)
    viewer = login("viewer")
    page = viewer.get(f"/customers/{anna.id}").text
    assert "/lift" not in page
    fields = {"because": "let me", "csrf_token": token(viewer, "/account")}
    assert viewer.post(f"/customers/{anna.id}/lift", data=fields).status_code == 403
    marketer = login("marketer", "jola@example.com")
    assert marketer.post(f"/customers/{anna.id}/lift", data={"because": "no token"}).status_code == 400
    assert marketer.application.test_client().post(f"/customers/{anna.id}/lift").status_code in (302, 400)
    assert suppressed(anna) == HARD


def test_a_pause_says_until_when(store: Store, anna: Customer, login: Login) -> None:
    suppress(store, anna.address_id, SOFT, NOW - HOUR, until=NOW + 30 * DAY)
    assert "gets no mail at all until" in login().get(f"/customers/{anna.id}").text


def test_a_mail_says_what_came_back_of_it_in_its_own_words(
    store: Store, anna: Customer, shop: Shopful, login: Login
) -> None:
    mail = shop.message(anna, "refill", sending_at=NOW - HOUR)
    back = CameBack("hard", "dsn", "5.1.1", "550 5.1.1 <script>alert(1)</script> unknown")
    assert note(store, config(), mail.id, back, NOW)
    client = login()
    page = client.get(f"/outbox/{mail.id}").text
    assert "it came back: there is no such mailbox" in page
    assert "(5.1.1)" in page
    assert "550 5.1.1 &lt;script&gt;" in page
    assert "it came back" in client.get(f"/customers/{anna.id}").text
    assert Message.get_by_id(mail.id).state == "sent"
