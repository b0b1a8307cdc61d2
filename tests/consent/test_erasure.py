"""Erasure: nobody can tell any more who Anna was, she gets no mail, and nobody else loses anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.consent.erasure import DELETED, GONE_WITH_THEM, KEPT_NAMELESS, digest_of_address, erase
from engine.consent.erasures import NAME, erase_again, note
from engine.consent.traces import sought_of, traces
from engine.store import Store
from models import (
    TABLES,
    Address,
    Caught,
    Change,
    ConsentChange,
    Coupon,
    Customer,
    Decision,
    Event,
    Hold,
    Message,
    Order,
    Settlement,
)  # fmt: skip
from tests.intake.optica import Optica, order, the_customer

HERS = ("anna", "Anna", "Nowakowska", "Wieliczka", "+48600", "O-77", "glaukoma", "sekret")
ANNA = {
    "id": "anna", "email": "Anna.Nowakowska@example.com", "first_name": "Anna", "last_name": "Nowakowska", "city": "Wieliczka",
    "phone": "+48600100200", "birthday": "1990-04-12", "tags": ["sekret"], "attributes": {"note": "sekret"},
    "consent": {"marketing": {"granted": True, "at": "2026-03-01T10:00:00Z", "source": "checkout", "wording": "Yes, write"}},
}  # fmt: skip


@pytest.fixture
def optica(store: Store) -> Optica:
    store.secret = b"the key of this home"
    optica = Optica(store)
    optica.customers(ANNA, {"id": "borys", "email": "borys@example.com"})
    optica.customers({**ANNA, "city": "Kraków"})
    optica.orders(order("O-77", customer=ANNA), order("O-1", customer={"id": "borys"}))
    optica.orders(order("O-77", customer=ANNA, status="shipped", updated_at="2026-05-30T10:00:00Z"))
    optica.events(
        {"kind": "complained", "id": "e1", "customer": "anna", "at": "2026-05-01T10:00:00Z", "topic": "glaukoma",
         "order": "O-77"},
        {"kind": "searched", "id": "e2", "customer": "anna", "at": "2026-05-01T10:00:00Z", "properties": {"words": "glaukoma"}},
    )  # fmt: skip
    optica.refunds({"id": "R-1", "order": "O-77", "at": "2026-05-31T10:00:00Z"})
    return optica


def mailed(optica: Optica, whose: Customer, state: str = "sent") -> Message:
    """Writes what a tick and a sender would have left."""
    number = Message.select().count()
    message = Message.create(
        shop=optica.row.id, customer=whose, address=whose.address_id, rule="r", purpose="marketing", template="t",
        state=state, message_id=f"m{number}", token=f"t{number}", decided_at=1, counted_at=1, due_at=1, expires_at=2,
        not_before_at=1, anchors=[{"order": "O-77"}], subject="Anna, hello", reply="250 anna.nowakowska@example.com ok",
        title="Anna", note="Anna", extra={"name": "Anna"},
    )  # fmt: skip
    key = {"shop": optica.row.id, "rule": "r", "customer": whose, "anchor": f"ordered:{number}"}
    Decision.create(
        **key, anchor_at=1, due_at=1, at=1, outcome="send", values={"order": "O-77"}, message=message
    )
    Settlement.create(**key, outcome="send", at=1, message=message)
    waits = {"due_at": 1, "expires_at": 2, "held_at": 1, "wake_at": 2, "reason": "capped"}
    Hold.create(**{**key, "anchor": f"held:{number}"}, anchor_at=1, **waits)
    Caught.create(to="anna.nowakowska@example.com", subject="Anna", raw="Anna", at=1)
    Coupon.create(
        shop=optica.row.id, code=f"C{number}", folded=f"C{number}", rule="r", message=message, customer=whose, percent=10,
        valid_until="2027-01-01", expires_at=2_000_000_000_000_000, issued_at=1,
    )  # fmt: skip
    return message


def everything_written() -> str:
    """Returns all texts of all tables."""
    return "\n".join(str(value) for table in TABLES for row in table.select().tuples() for value in row)


def test_nothing_that_tells_who_she_was_is_left_in_any_table(optica: Optica) -> None:
    mailed(optica, the_customer("anna"))
    before = everything_written()
    assert [word for word in HERS if word not in before] == []
    done = erase(optica.store, the_customer("anna"), optica.now)
    after = everything_written()
    assert [word for word in HERS if word in after] == []
    assert (done.suppressed, done.deleted["orders"], done.deleted["event"], done.deleted["refund"]) == (
        True,
        1,
        2,
        1,
    )


def test_what_was_mailed_can_still_be_counted_and_consent_shown_without_a_name(optica: Optica) -> None:
    mailed(optica, the_customer("anna"))
    erase(optica.store, the_customer("anna"), optica.now)
    assert [row.state for row in Message.select()] == ["sent"]
    assert [(row.purpose, row.wording, row.customer_id) for row in ConsentChange.select()] == [
        ("marketing", "Yes, write", None)
    ]
    assert [(row.customer_id, row.expires_at) for row in Coupon.select()] == [(None, optica.now)]


def test_borys_loses_nothing(optica: Optica) -> None:
    mailed(optica, the_customer("borys"), "queued")
    erase(optica.store, the_customer("anna"), optica.now)
    assert [row.external_id for row in Order.select()] == ["O-1"]
    assert the_customer("borys").email == "borys@example.com"
    assert [(row.state, row.subject) for row in Message.select()] == [("queued", "Anna, hello")]
    assert (Decision.select().count(), Settlement.select().count(), Hold.select().count()) == (1, 1, 1)


def test_what_waited_to_be_sent_to_her_is_cancelled(optica: Optica) -> None:
    for state in ("queued", "claimed", "deferred"):
        mailed(optica, the_customer("anna"), state)
    erase(optica.store, the_customer("anna"), optica.now)
    assert {(row.state, row.reason) for row in Message.select()} == {("cancelled", "erased")}
    assert (
        Change.select()
        .where(Change.customer.in_(Customer.select().where(Customer.erased_at.is_null(False))))
        .count()
        == 0
    )


def test_a_shop_that_sends_her_again_makes_a_stranger_who_gets_no_mail(optica: Optica) -> None:
    erase(optica.store, the_customer("anna"), optica.now)
    optica.orders(order("O-78", customer=ANNA))
    again = the_customer("anna")
    assert (again.erased_at, again.address.suppressed_reason) == (None, "erased")
    assert again.address.email == digest_of_address(optica.store.secret, "anna.nowakowska@example.com")
    assert Customer.select().where(Customer.erased_at.is_null(False)).count() == 1
    assert erase(optica.store, again, optica.now + 1).suppressed
    assert Address.select().where(Address.email.startswith("erased:")).count() == 1


def test_a_mailbox_that_somebody_else_uses_too_goes_on_getting_mail(optica: Optica) -> None:
    optica.customers({"id": "celina", "email": "anna.nowakowska@example.com"})
    assert not erase(optica.store, the_customer("anna"), optica.now).suppressed
    assert the_customer("celina").address.suppressed_at is None
    assert erase(optica.store, the_customer("celina"), optica.now).suppressed
    assert "anna.nowakowska" not in everything_written()


def test_facts_that_named_her_before_she_was_known_go_too(optica: Optica) -> None:
    waiting: dict[str, Any] = {"kind": "event", "name": "quiz", "at": "2026-05-01T10:00:00Z"}
    optica.events({**waiting, "id": "e8", "customer": {"email": "dora@example.com"}})
    optica.customers({"id": "dora"})
    Customer.update(address=Address.create(email="dora@example.com", created_at=1)).where(
        Customer.external_id == "dora"
    ).execute()
    erase(optica.store, the_customer("dora"), optica.now)
    assert Event.select().where(Event.external_id == "e8").count() == 0


def test_every_table_that_names_a_customer_is_thought_of(optica: Optica) -> None:
    naming = {t for t in TABLES if any(key.rel_model is Customer for key in t._meta.refs)}
    listed = {*traces(sought_of(the_customer("anna")))}
    assert naming <= listed
    assert listed == {*DELETED, *GONE_WITH_THEM, *KEPT_NAMELESS}


def test_an_old_backup_is_told_of_later_erasures(optica: Optica, tmp_path: Path) -> None:
    note(tmp_path, optica.store, the_customer("anna"), optica.now)
    text = (tmp_path / NAME).read_text()
    assert "anna" not in text
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600
    assert erase_again(tmp_path, optica.store, optica.now) == 1  # the store is as it was before
    assert (
        erase_again(tmp_path, optica.store, optica.now),
        erase_again(tmp_path / "none", optica.store, 1),
    ) == (0, 0)
    assert Customer.select().where(Customer.external_id == "anna").count() == 0
