"""Customers: who is who, what is newer, what they were, and what had been waiting for them."""

from __future__ import annotations

import pytest

from engine.intake import sync_shops
from engine.store import Store
from models import (
    Address,
    Change,
    ConsentChange,
    Customer,
    CustomerVersion,
    Event,
    Order,
    Settlement,
    ZoneInUse,
)  # fmt: skip
from tests.intake.optica import CONFIG, Optica, at, order, the_customer, the_order

GUEST = {"email": "Anna@Example.com"}


@pytest.fixture
def optica(store: Store) -> Optica:
    return Optica(store)


def test_guests_are_one_customer_by_address_however_they_write_it(optica: Optica) -> None:
    optica.orders(order("1", customer=GUEST), order("2", customer={"email": "anna@example.COM"}))
    optica.orders(order("3", customer={"email": "ANNA@example.com"}))
    assert (Customer.select().count(), Address.get().email) == (1, "anna@example.com")
    assert Customer.get().external_id is None


@pytest.mark.parametrize("guest_first", [True, False])
def test_a_guest_and_the_customer_with_that_address_are_one(optica: Optica, guest_first: bool) -> None:
    both = [order("1", customer=GUEST), order("2", customer=GUEST | {"id": "anna"})]
    for one in both if guest_first else reversed(both):
        optica.orders(one)
    assert [c.external_id for c in Customer.select()] == ["anna"]
    assert the_order("1").customer_id == the_order("2").customer_id


def test_a_known_customer_who_moves_to_a_guests_address_takes_over_all_that_was_the_guests(
    optica: Optica,
) -> None:
    optica.customers({"id": "anna", "email": "old@example.com"})
    optica.orders(order("1", customer=GUEST))
    guest = the_order("1").customer_id
    for customer, anchor in ((guest, "bought:1"), (the_customer().id, "bought:1"), (guest, "bought:2")):
        Settlement.create(
            shop=optica.row.id, rule="r", customer=customer, anchor=anchor, outcome="send", at=1
        )
    optica.now += 1
    optica.customers({"id": "anna", "email": "anna@example.com"})
    assert [c.external_id for c in Customer.select()] == ["anna"]
    assert the_order("1").customer_id == the_customer().id
    assert sorted(s.anchor for s in Settlement.select()) == ["bought:1", "bought:2"]
    assert (the_customer().id, 0) in {(c.customer_id, c.at) for c in Change.select()}


def test_an_order_of_a_guest_who_is_merged_in_the_same_request_is_the_customers(optica: Optica) -> None:
    optica.customers({"id": "anna", "email": "old@example.com"})
    optica.orders(order("1", customer=GUEST))
    optica.now += 1
    later = {"id": "anna", "email": "anna@example.com", "updated_at": "2026-06-01T12:00:01Z"}
    optica.orders(
        order("1", customer=GUEST, updated_at="2026-03-02T10:00:00Z", status="shipped"),
        order("2", customer=later),
    )
    assert {o.customer_id for o in Order.select()} == {the_customer().id}
    assert Customer.select().count() == 1


def test_two_customers_may_share_a_mailbox_and_both_stay(optica: Optica) -> None:
    optica.customers(
        {"id": "anna", "email": "home@example.com"}, {"id": "borys", "email": "home@example.com"}
    )
    assert (Customer.select().count(), Address.select().count()) == (2, 1)


def test_an_older_version_never_overwrites_but_fills_what_is_not_known(optica: Optica) -> None:
    optica.customers({"id": "anna", "city": "Kraków", "updated_at": "2026-03-02T10:00:00Z"})
    optica.customers({"id": "anna", "city": "Łódź", "gender": "female", "updated_at": "2026-03-01T10:00:00Z"})
    assert (the_customer().city, the_customer().gender) == ("Kraków", "female")


def test_an_order_that_says_nothing_of_a_field_does_not_erase_it_but_the_shops_own_list_can(
    optica: Optica,
) -> None:
    optica.customers({"id": "anna", "city": "Kraków", "tags": ["vip"], "attributes": {"eye": "L"}})
    optica.now += 1
    optica.orders(
        order(
            customer={"id": "anna", "city": None, "tags": [], "attributes": {}},
            updated_at="2026-06-01T12:00:00Z",
        )
    )
    assert (the_customer().city, the_customer().tags, the_customer().attributes) == (
        "Kraków",
        ["vip"],
        {"eye": "L"},
    )
    optica.customers({"id": "anna", "city": None, "tags": []})
    assert (the_customer().city, the_customer().tags) == (None, [])


def test_what_a_customer_was_is_kept_with_both_its_times(optica: Optica) -> None:
    optica.customers({"id": "anna", "city": "Kraków"})
    for city in ("Łódź", "Gdańsk"):
        optica.now += 10
        optica.customers({"id": "anna", "city": city})
    kept = [
        (v.city, v.recorded_at, v.until_at)
        for v in CustomerVersion.select().order_by(CustomerVersion.until_at)
    ]
    assert kept == [("Kraków", optica.now - 20, optica.now - 10), ("Łódź", optica.now - 10, optica.now)]


def test_the_zone_is_the_said_one_else_the_countrys_else_the_shops(optica: Optica) -> None:
    optica.customers(
        {"id": "anna"}, {"id": "borys", "country": "UA"}, {"id": "celina", "timezone": "Asia/Tokyo"}
    )
    assert {c.external_id: c.zone for c in Customer.select()} == {
        "anna": "Europe/Warsaw", "borys": "Europe/Kyiv", "celina": "Asia/Tokyo",
    }  # fmt: skip
    assert {z.zone for z in ZoneInUse.select()} == {"Europe/Warsaw", "Europe/Kyiv", "Asia/Tokyo"}


@pytest.mark.parametrize(("field", "value", "redates"), [
    ("country", "UA", True), ("birthday", "1990-02-28", True), ("city", "Łódź", False),
])  # fmt: skip
def test_a_changed_zone_or_birthday_re_dates_and_another_field_does_not(
    optica: Optica, field: str, value: str, redates: bool
) -> None:
    optica.customers({"id": "anna", "country": "PL", "birthday": "1990-04-12", "city": "Kraków"})
    assert the_customer().birth_day == 412
    Change.delete().execute()
    optica.now += 1
    optica.customers({"id": "anna", field: value})
    assert [c.at for c in Change.select()] == [0 if redates else optica.now]


def test_a_customer_is_known_since_the_first_order_or_since_the_shop_says(optica: Optica) -> None:
    optica.customers(
        {"id": "anna"}, {"id": "borys", "signed_up_at": "2025-01-01T00:00:00Z", "source": "kiosk"}
    )
    optica.orders(order())
    assert the_customer().signed_up_at == at("2026-03-01T09:00:00")
    assert (the_customer("borys").signed_up_at, the_customer("borys").source) == (
        at("2025-01-01T00:00:00"),
        "kiosk",
    )


def test_the_same_customer_again_writes_nothing(optica: Optica) -> None:
    anna = {
        "id": "anna",
        "email": "anna@example.com",
        "city": "Kraków",
        "tags": ["b"],
        "consent": {"marketing": {"granted": True}},
    }
    optica.customers(anna)
    Change.delete().execute()
    optica.now += 1
    assert optica.customers(anna).unchanged == 1
    assert (Change.select().count(), CustomerVersion.select().count(), ConsentChange.select().count()) == (
        0,
        0,
        1,
    )


def test_an_address_with_a_domain_of_other_letters_is_kept_as_mail_needs_it(optica: Optica) -> None:
    optica.customers({"id": "anna", "email": "Anna@żółw.pl"})
    assert (Address.get().email, the_customer().email) == ("anna@xn--w-uga1v8h.pl", "Anna@żółw.pl")


def test_events_and_consents_wait_for_their_customer(optica: Optica) -> None:
    optica.events(
        {"kind": "viewed", "customer": {"id": "anna"}, "product": "ACU-30", "at": "2026-05-01T10:00:00Z"}
    )
    optica.consents({"customer": {"email": "ANNA@example.com"}, "purpose": "marketing", "granted": True})
    assert (Event.get().customer_id, ConsentChange.get().customer_id) == (None, None)
    optica.orders(order())
    assert Event.get().customer_id == ConsentChange.get().customer_id == the_customer().id
    assert at("2026-05-01T10:00:00") in {c.at for c in Change.select()}


def test_an_event_waits_for_its_order_and_takes_category_and_brand_from_its_product(optica: Optica) -> None:
    optica.products({"id": "ACU-30", "category": "optics", "brand": "Acuvue"})
    complaint = {
        "kind": "complained",
        "id": "q1",
        "customer": {"id": "anna"},
        "order": "1001",
        "product": "ACU-30",
        "topic": "late",
    }
    assert optica.events(complaint).accepted == 1
    optica.orders(order())
    row = Event.get()
    assert (row.order_id, row.category, row.brand, row.topic) == (the_order().id, "optics", "Acuvue", "late")


def test_the_same_event_again_is_known_by_its_id_or_its_moment(optica: Optica) -> None:
    viewed = {"kind": "viewed", "customer": {"id": "anna"}, "product": "ACU-30", "at": "2026-05-01T10:00:00Z"}
    searched = {"kind": "searched", "customer": {"id": "anna"}, "id": "s1", "at": "2026-05-01T10:00:00Z"}
    assert optica.events(viewed, searched).accepted == 2
    assert optica.events(viewed, searched).unchanged == 2
    assert optica.events(searched | {"properties": {"words": "soczewki"}}).accepted == 1
    assert Event.select().count() == 2


def test_config_that_changes_a_countrys_zone_moves_the_customers_who_live_there(optica: Optica) -> None:
    optica.customers({"id": "anna", "country": "US"}, {"id": "borys", "country": "UA"})
    Change.delete().execute()
    sync_shops(optica.store, CONFIG.model_copy(update={"zones": {"US": "America/Chicago"}}), optica.now + 5)
    assert (the_customer().zone, the_customer("borys").zone) == ("America/Chicago", "Europe/Kyiv")
    assert [(c.customer_id, c.at) for c in Change.select()] == [(the_customer().id, 0)]
    assert [(v.zone, v.until_at) for v in CustomerVersion.select()] == [("Europe/Warsaw", optica.now + 5)]
    assert "America/Chicago" in {z.zone for z in ZoneInUse.select()}


def test_a_fact_that_names_id_and_address_goes_by_the_id_and_else_by_the_address(optica: Optica) -> None:
    optica.customers(
        {"id": "anna", "email": "home@example.com"}, {"id": "borys", "email": "borys@example.com"}
    )
    for who, whose in (("anna", "anna"), ("nobody", "borys")):
        optica.events({"kind": "viewed", "id": who, "customer": {"id": who, "email": "borys@example.com"}})
        assert Event.get(Event.external_id == who).customer.external_id == whose
