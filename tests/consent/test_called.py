"""Whoever is no customer and yet stands in the tables: told and forgotten as customers are, and nobody else with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.consent.called import Called, erase_called, everybody_called, is_there
from engine.consent.erasure import digest_of_address
from engine.consent.erasures import NAME, erase_again, note
from engine.reports.everything import everything
from engine.store import Store
from models import TABLES, Address, Cart, ConsentChange, Customer, Event, Visitor
from tests.intake.optica import NOW, Optica, order, the_customer

QUIZ: dict[str, Any] = {"kind": "event", "name": "quiz", "at": "2026-05-01T10:00:00Z"}


@pytest.fixture
def optica(store: Store) -> Optica:
    store.secret = b"the key of this home"
    optica = Optica(store)
    waits(optica, "zofia@example.com")
    return optica


def waits(optica: Optica, email: str) -> None:
    """Leaves something under an address in each table in which somebody may stand who is no customer."""
    optica.events({**QUIZ, "id": f"e:{email}", "customer": {"email": email}})
    optica.consents(
        {"customer": {"email": email}, "purpose": "marketing", "granted": True, "at": "2026-05-01T10:00:00Z"}
    )
    Cart.create(shop=optica.row.id, token=f"t:{email}", email=email, at=NOW)
    Visitor.create(
        shop=optica.row.id, key=f"key of {email}", external_customer=f"email:{email}", at=NOW, last_at=NOW
    )


def zofia(optica: Optica, external_id: str | None = None) -> Called:
    return Called(optica.row, external_id, "zofia@example.com")


def everything_written() -> str:
    return "\n".join(str(value) for table in TABLES for row in table.select().tuples() for value in row)


def test_all_that_waits_under_her_address_is_shown_and_nothing_of_others(optica: Optica) -> None:
    waits(optica, "borys@example.com")
    rows = everything(zofia(optica))
    assert {name: len(found) for name, found in rows.items() if found} == {
        "event": 1, "consent_change": 1, "cart": 1, "visitor": 1,
    }  # fmt: skip
    assert "borys" not in str(rows)


def test_nothing_of_her_is_left_but_a_digest_that_gets_no_mail_and_borys_loses_nothing(
    optica: Optica,
) -> None:
    waits(optica, "borys@example.com")
    done = erase_called(optica.store, zofia(optica), NOW)
    assert {name: count for name, count in done.deleted.items() if count} == {
        "event": 1, "cart": 1, "visitor": 1,
    }  # fmt: skip
    assert (done.suppressed, is_there(zofia(optica))) == (True, False)
    assert "zofia" not in everything_written()
    [address] = Address.select().where(Address.suppressed_at.is_null(False))
    assert address.email == digest_of_address(optica.store.secret, "zofia@example.com")
    assert [called.email for called in everybody_called(optica.row)] == ["borys@example.com"]
    optica.customers({"id": "z", "email": "zofia@example.com"})
    assert the_customer("z").address_id == address.id  # sent again she is known, and gets no mail


def test_the_mailbox_of_a_customer_stays_theirs_with_what_waits_under_it(optica: Optica) -> None:
    optica.customers({"id": "zofia", "email": "zofia@example.com"})
    optica.events({**QUIZ, "id": "e9", "customer": {"id": "777"}})
    done = erase_called(optica.store, zofia(optica, "777"), NOW)
    assert (done.suppressed, done.deleted["event"], done.deleted["cart"]) == (False, 1, 0)
    assert the_customer("zofia").address.suppressed_at is None
    assert Cart.select().where(Cart.email == "zofia@example.com").count() == 1


@pytest.mark.parametrize("whose", ["somebody who waits", "a guest", "a customer"])
def test_an_old_backup_in_which_she_only_waited_is_told_of_her_erasure(
    optica: Optica, tmp_path: Path, whose: str
) -> None:
    """However she was known when she was erased."""
    waits(optica, "borys@example.com")
    with optica.store.transaction() as meanwhile:  # what came after the backup
        if whose == "a customer":
            optica.customers({"id": "z", "email": "zofia@example.com"})
        elif whose == "a guest":
            optica.orders(order("O-1", customer={"email": "zofia@example.com"}))
        note(tmp_path, optica.store, Customer.get_or_none() or zofia(optica), NOW)
        meanwhile.rollback()
    assert "zofia" not in (tmp_path / NAME).read_text()
    assert (erase_again(tmp_path, optica.store, NOW), erase_again(tmp_path, optica.store, NOW)) == (1, 0)
    assert "zofia" not in everything_written()
    assert Event.select().count() == 1
    assert ConsentChange.select().count() == 2
