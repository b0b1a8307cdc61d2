"""A shop may write the customer of an event or consent as one text, and a known kind of event as its name."""

from __future__ import annotations

from engine.store import Store
from models import ConsentChange, Customer, Event
from tests.intake.optica import Optica

ANNA = {"id": "c1", "email": "anna@example.com"}


def test_a_bare_text_with_an_at_sign_is_an_address_and_any_other_an_id(store: Store) -> None:
    shop = Optica(store)
    shop.customers(ANNA)
    shop.events({"kind": "viewed", "customer": "c1"}, {"kind": "viewed", "customer": "anna@example.com"})
    assert {row.customer_id for row in Event.select()} == {Customer.get().id}


def test_a_name_that_is_a_kind_is_that_kind(store: Store) -> None:
    shop = Optica(store)
    shop.events({"name": "complained", "id": "k1", "customer": "c1"}, {"name": "quiz", "customer": "c1"})
    assert {(row.kind, row.name) for row in Event.select()} == {("complained", None), ("event", "quiz")}


def test_consent_may_be_given_by_id_alone(store: Store) -> None:
    shop = Optica(store)
    shop.customers(ANNA)
    shop.consents({"customer": "c1", "purpose": "newsletter", "granted": True})
    assert ConsentChange.get(ConsentChange.purpose == "newsletter").customer_id == Customer.get().id
