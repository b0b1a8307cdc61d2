"""Consent: what holds when, what a withdrawal stops, and who shares a mailbox."""

from __future__ import annotations

import threading

import pytest

from engine.consent import append, consent_expression, granted, suppress, withdraw
from engine.consent.ledger import Entry
from engine.consent.suppression import lift
from engine.store import Store, open_store
from models import Address, Change, ConsentChange, Customer, Message
from tests.intake.optica import Optica, at, order, the_customer

MARKETING = {"consent": {"marketing": {"granted": True, "at": "2026-03-01T10:00:00Z", "source": "checkout"}}}


@pytest.fixture
def optica(store: Store) -> Optica:
    optica = Optica(store)
    optica.customers({"id": "anna", "email": "home@example.com"} | MARKETING)
    return optica


def queue(
    optica: Optica, purpose: str = "marketing", state: str = "queued", customer: str = "anna"
) -> Message:
    """Puts a message for the customer into the outbox."""
    whose = the_customer(customer)
    number = Message.select().count()
    return Message.create(
        shop=optica.row.id, customer=whose, address=whose.address_id, rule="r", purpose=purpose, template="t",
        state=state, message_id=f"m{number}", token=f"t{number}", decided_at=1, counted_at=1, due_at=1, expires_at=2,
        not_before_at=1,
    )  # fmt: skip


def state_of(message: Message) -> tuple[str, str | None]:
    row = Message.get_by_id(message.id)
    return row.state, row.reason


def test_a_consent_holds_from_its_moment_and_only_for_its_purpose(optica: Optica) -> None:
    anna = the_customer().id
    assert granted(anna, "marketing", optica.now)
    assert not granted(anna, "newsletter", optica.now)
    assert granted(anna, "transactional", 0)
    assert not granted(anna, "marketing", optica.now - 1)  # it had happened, but nobody had told us


@pytest.mark.parametrize("purpose", ["marketing", "newsletter", "transactional"])
def test_the_expression_says_the_same_in_a_query_and_is_never_null(optica: Optica, purpose: str) -> None:
    optica.customers({"id": "borys"})
    withdraw(optica.store, optica.row.id, the_customer().address_id, ["marketing"], optica.now + 5, "link")
    for now in (0, optica.now, optica.now + 4, optica.now + 5):
        rows = Customer.select(Customer.id, consent_expression(Customer.id, purpose, now)).tuples()
        assert {customer: bool(said) for customer, said in rows} == {
            c.id: granted(c.id, purpose, now) for c in Customer.select()
        }
        assert None not in [said for _, said in rows]
        inverse = Customer.select().where(~consent_expression(Customer.id, purpose, now)).count()
        assert inverse == sum(not granted(c.id, purpose, now) for c in Customer.select())


def test_the_same_consent_again_adds_no_line(optica: Optica) -> None:
    optica.now += 1
    optica.customers({"id": "anna"} | MARKETING)
    optica.consents(
        {"customer": {"id": "anna"}, "purpose": "marketing", "granted": True, "at": "2026-04-01T10:00:00Z"}
    )
    assert ConsentChange.select().count() == 1


def test_an_old_consent_that_comes_after_a_withdrawal_does_not_undo_it(optica: Optica) -> None:
    withdraw(optica.store, optica.row.id, the_customer().address_id, ["marketing"], optica.now + 1, "link")
    optica.now += 2
    optica.orders(order(customer={"id": "anna"} | MARKETING, updated_at="2026-06-01T12:00:00Z"))
    assert not granted(the_customer().id, "marketing", optica.now)


def test_a_consent_without_a_moment_cannot_outweigh_a_withdrawal_but_a_dated_one_can(optica: Optica) -> None:
    withdraw(optica.store, optica.row.id, the_customer().address_id, ["marketing"], optica.now + 1, "link")
    optica.now += 60_000_000
    optica.customers({"id": "anna", "consent": {"marketing": {"granted": True}}})
    assert not granted(the_customer().id, "marketing", optica.now)
    optica.consents(
        {"customer": {"id": "anna"}, "purpose": "marketing", "granted": True, "at": "2026-06-01T12:00:30Z"}
    )
    assert granted(the_customer().id, "marketing", optica.now)


def test_nobody_consents_in_the_future(optica: Optica) -> None:
    optica.consents(
        {"customer": {"id": "anna"}, "purpose": "newsletter", "granted": True, "at": "2026-06-01T12:30:00Z"}
    )
    withdraw(optica.store, optica.row.id, the_customer().address_id, ["newsletter"], optica.now + 1, "link")
    assert not granted(the_customer().id, "newsletter", at("2026-07-01T00:00:00"))


def test_an_unsubscribe_covers_everybody_of_the_mailbox_and_cancels_what_waits_for_that_purpose(
    optica: Optica,
) -> None:
    optica.customers({"id": "borys", "email": "HOME@example.com"} | MARKETING)
    waiting = [
        queue(optica),
        queue(optica, state="claimed"),
        queue(optica, state="deferred", customer="borys"),
    ]
    others = [
        queue(optica, "newsletter"),
        queue(optica, "transactional"),
        queue(optica, state="sending"),
        queue(optica, state="sent"),
    ]
    before = [state_of(message) for message in others]
    Change.delete().execute()
    assert (
        withdraw(
            optica.store, optica.row.id, the_customer().address_id, ["marketing"], optica.now + 1, "link"
        )
        == 2
    )
    assert {state_of(message) for message in waiting} == {("cancelled", "withdrawn")}
    assert [state_of(message) for message in others] == before
    assert not any(granted(c.id, "marketing", optica.now + 1) for c in Customer.select())
    assert Change.select().count() == 2
    assert (
        withdraw(
            optica.store, optica.row.id, the_customer().address_id, ["marketing"], optica.now + 1, "link"
        )
        == 0
    )


def test_a_withdrawal_that_the_shop_reports_cancels_as_well(optica: Optica) -> None:
    message = queue(optica)
    optica.consents({"customer": {"email": "home@example.com"}, "purpose": "marketing", "granted": False})
    assert state_of(message) == ("cancelled", "withdrawn")


def test_a_withdrawal_that_a_later_consent_has_outlived_cancels_nothing(optica: Optica) -> None:
    message = queue(optica)
    optica.consents(
        {"customer": {"id": "anna"}, "purpose": "marketing", "granted": False, "at": "2026-02-01T10:00:00Z"}
    )
    assert state_of(message) == ("queued", None)
    assert granted(the_customer().id, "marketing", optica.now)


def test_a_suppressed_address_gets_nothing_at_all_until_it_is_released(optica: Optica) -> None:
    message, address = queue(optica, "transactional"), the_customer().address_id
    assert suppress(optica.store, address, "hard_bounce", optica.now)
    assert not suppress(optica.store, address, "spam_report", optica.now + 1)
    assert state_of(message) == ("cancelled", "suppressed")
    assert (Address.get_by_id(address).suppressed_reason, Address.get_by_id(address).suppressed_at) == (
        "hard_bounce",
        optica.now,
    )
    assert lift(optica.store, address, "ola", None, optica.now + 2, "console") == "hard_bounce"
    assert Address.get_by_id(address).suppressed_at is None


def test_a_withdrawal_that_is_rolled_back_has_not_happened(optica: Optica) -> None:
    message = queue(optica)
    with optica.store.transaction() as undone:
        withdraw(
            optica.store, optica.row.id, the_customer().address_id, ["marketing"], optica.now + 1, "link"
        )
        undone.rollback()
    assert state_of(message) == ("queued", None)
    assert granted(the_customer().id, "marketing", optica.now + 1)


def test_a_withdrawal_waits_for_the_address_that_another_transaction_holds(optica: Optica) -> None:
    address = the_customer().address_id
    holding, done = threading.Event(), threading.Event()

    def withdraw_elsewhere() -> None:
        other = open_store(optica.store.url)
        with other.use():
            holding.wait(10)
            withdraw(other, optica.row.id, address, ["marketing"], optica.now + 1, "link")
            done.set()
        other.close()

    thread = threading.Thread(target=withdraw_elsewhere)
    thread.start()
    with optica.store.transaction():
        Address.update(created_at=1).where(Address.id == address).execute()
        holding.set()
        assert not done.wait(0.3)
    thread.join(20)
    assert done.is_set()


def test_a_line_for_somebody_unknown_waits_under_the_name_it_came_with(optica: Optica) -> None:
    entry = Entry(None, "marketing", True, 1, 1, external_customer="id:celina")
    assert append(optica.store, optica.row.id, [entry, entry], optica.now) == [True, False]
