"""A test key reads back what test keys have sent, a live one what live ones have, and neither sees the other's."""

from __future__ import annotations

import pytest

from engine.intake.shops import make_test_shop
from engine.store import Store
from engine.web.api.credentials import new_key
from models import Address, Customer, Message
from tests.intake.optica import CONFIG, NOW, order
from tests.web.api.reading.reader import Reader
from tests.web.api.reading.test_lists import numbers


@pytest.fixture
def reader(store: Store) -> Reader:
    reader = Reader(store)
    reader.post("orders", order("live"))
    reader.shop = make_test_shop(store, CONFIG, "optica", NOW)
    reader.key = new_key(reader.shop.id, "trying out", NOW, ["all"])
    reader.post("orders", order("tried"))
    return reader


def test_what_a_test_key_sent_is_read_back_by_it_alone(reader: Reader) -> None:
    assert numbers(reader.all("orders")) == ["tried"]
    assert reader.get("orders/live").status_code == 404
    read = reader.all("customers?email=anna@example.com")
    assert [one["email"] for one in read] == ["anna@example.com"]
    assert reader.post("orders", reader.all("orders")).json == {"accepted": 0, "unchanged": 1}
    assert reader.post("customers", read).json == {"accepted": 0, "unchanged": 1}


def test_a_mail_of_a_test_shop_names_the_mailbox_as_the_shop_did(reader: Reader) -> None:
    anna = Customer.get(Customer.shop == reader.shop.id)
    moments = dict.fromkeys(("decided_at", "counted_at", "due_at", "not_before_at", "expires_at"), NOW)
    Message.create(
        shop=reader.shop, customer=anna, address=anna.address_id, rule="thank-you", purpose="transactional",
        template="thank-you", message_id="<1@optica.example>", token="t", **moments,
    )  # fmt: skip
    assert Address.get_by_id(anna.address_id).email != "anna@example.com"
    assert [one["to"] for one in reader.all("messages?customer=anna@example.com")] == ["anna@example.com"]
