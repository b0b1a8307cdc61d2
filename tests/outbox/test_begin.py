"""The last question before a mail leaves: what was committed before it stops the mail."""

from __future__ import annotations

import threading

import pytest

from engine.clock import HOUR, MINUTE
from engine.consent.locking import lock_addresses
from engine.consent.suppression import suppress
from engine.consent.withdrawal import withdraw
from engine.outbox.begin import Asked, Prepared, begin_sending
from engine.outbox.claim import claim
from models import Address, Change, Customer, Line, Message, Order, RuleState
from tests.outbox.shop import NOON, Optician, later, states


def _begin(optician: Optician, now: int = NOON, not_now=lambda _: None) -> Asked:  # type: ignore[no-untyped-def]
    rows = claim(optician.store, "w1", now, 20)
    return _ask(optician, [row.id for row in rows], now, not_now)


def _ask(optician: Optician, keys: list[int], now: int = NOON, not_now=lambda _: None) -> Asked:  # type: ignore[no-untyped-def]
    batch = [Prepared(key, "Subject", f"<{key}@optyk.example>") for key in keys]
    return begin_sending(optician.store, "w1", batch, now, not_now)


def _reason(key: int) -> tuple[str, str]:
    row = Message.get_by_id(key)
    return row.state, row.reason


def test_a_mail_that_may_go_is_sending_and_its_identity_is_written_before_the_first_byte(
    optician: Optician,
) -> None:
    (key,) = optician.queue_for("Anna")
    assert _begin(optician).go == [key]
    row = Message.get_by_id(key)
    assert (row.state, row.sending_at, row.attempts) == ("sending", NOON, 1)
    assert (row.subject, row.message_id) == ("Subject", f"<{key}@optyk.example>")


def test_a_withdrawal_before_sending_cancels_a_mail_that_was_claimed_already(optician: Optician) -> None:
    anna = optician.customer("Anna")
    (key,) = optician.queue(optician.draft(anna))
    claim(optician.store, "w1", NOON, 20)
    withdraw(optician.store, optician.shop.id, anna.address_id, ["marketing"], NOON, "link")
    assert _ask(optician, [key]).go == []
    assert _reason(key) == ("cancelled", "withdrawn")


def test_consent_is_read_from_the_ledger_again_even_where_nobody_cancelled(optician: Optician) -> None:
    anna = optician.customer("Anna")
    (key,) = optician.queue(optician.draft(anna))
    claim(optician.store, "w1", NOON, 20)
    optician.consent(anna, "marketing", False, NOON)
    assert _ask(optician, [key]).go == []
    assert _reason(key) == ("cancelled", "no_consent")
    assert (
        Change.select().where(Change.customer == anna.id).count() == 1
    )  # its place under a cap is free again


def test_an_order_mail_needs_no_consent(optician: Optician) -> None:
    anna = optician.customer("Anna", consents=())
    thanks, offer = optician.queue(optician.draft(anna, purpose="transactional"), optician.draft(anna))
    assert _begin(optician).go == [thanks]
    assert _reason(offer) == ("cancelled", "no_consent")


def test_consent_to_one_purpose_is_not_consent_to_another(optician: Optician) -> None:
    (key,) = optician.queue_for("Anna", purpose="newsletter")
    assert _begin(optician).go == []
    assert _reason(key) == ("cancelled", "no_consent")


def test_a_suppressed_address_gets_nothing_not_even_about_its_order(optician: Optician) -> None:
    anna = optician.customer("Anna")
    (key,) = optician.queue(optician.draft(anna, purpose="transactional"))
    claim(optician.store, "w1", NOON, 20)
    Address.update(suppressed_at=NOON, suppressed_reason="hard_bounce").execute()
    assert _ask(optician, [key]).go == []
    assert _reason(key) == ("cancelled", "suppressed")


def test_suppressing_cancels_what_is_queued_and_claimed_but_not_what_is_being_sent(
    optician: Optician,
) -> None:
    anna = optician.customer("Anna")
    sending, queued = optician.queue(optician.draft(anna), optician.draft(anna, not_before_at=later(5)))
    assert _begin(optician).go == [sending]
    suppress(optician.store, anna.address_id, "hard_bounce", NOON)
    assert states(sending, queued) == ["sending", "cancelled"]


def test_an_erased_customer_gets_nothing(optician: Optician) -> None:
    (key,) = optician.queue_for("Anna", purpose="transactional")
    Customer.update(erased_at=NOON).execute()
    assert _begin(optician).go == []
    assert _reason(key) == ("cancelled", "erased")


def test_a_cancelled_order_is_not_thanked_for(optician: Optician) -> None:
    anna = optician.customer("Anna")
    order = optician.order(anna)
    (key,) = optician.queue(optician.draft(anna, order, purpose="transactional"))
    Order.update(void_at=NOON, void_recorded_at=NOON).execute()
    assert _begin(optician).go == []
    assert _reason(key) == ("cancelled", "cancelled")


def test_a_product_that_was_given_back_is_not_reminded_of(optician: Optician) -> None:
    anna = optician.customer("Anna")
    order = optician.order(anna, ACU30=1, RENU=1)
    about = {"kind": "bought", "at": NOON, "order_id": order.id}
    given_back, kept = optician.queue(
        optician.draft(anna, anchors=({**about, "product": "ACU30"},)),
        optician.draft(anna, anchors=({**about, "product": "RENU"},)),
    )
    Line.update(void_at=NOON, void_recorded_at=NOON).where(Line.product == "ACU30").execute()
    assert _begin(optician).go == [kept]
    assert _reason(given_back) == ("cancelled", "cancelled")


def test_a_mail_about_the_cancellation_itself_goes(optician: Optician) -> None:
    anna = optician.customer("Anna")
    order = optician.order(anna)
    anchor = {"kind": "cancelled", "at": NOON, "order_id": order.id}
    (key,) = optician.queue(optician.draft(anna, anchors=(anchor,), purpose="transactional"))
    Order.update(void_at=NOON, void_recorded_at=NOON).execute()
    assert _begin(optician).go == [key]


def test_one_cancelled_order_of_two_does_not_stop_the_mail_about_both(optician: Optician) -> None:
    anna = optician.customer("Anna")
    gone, kept = optician.order(anna, "1"), optician.order(anna, "2")
    anchors = tuple({"kind": "ordered", "at": NOON, "order_id": order.id} for order in (gone, kept))
    (key,) = optician.queue(optician.draft(anna, anchors=anchors, purpose="transactional"))
    Order.update(void_at=NOON, void_recorded_at=NOON).where(Order.id == gone.id).execute()
    assert _begin(optician).go == [key]


def test_a_rule_that_was_turned_off_cancels_what_it_has_queued(optician: Optician) -> None:
    (key,) = optician.queue_for("Anna")
    RuleState.create(shop=optician.shop, rule="refill", digest="", since_at=0, active=False)
    assert _begin(optician).go == []
    assert _reason(key) == ("cancelled", "rule_off")


def test_a_rule_that_is_paused_between_claim_and_sending_waits(optician: Optician) -> None:
    (key,) = optician.queue_for("Anna")
    claim(optician.store, "w1", NOON, 20)
    RuleState.create(shop=optician.shop, rule="refill", digest="", since_at=0, paused=True)
    assert _ask(optician, [key]).go == []
    assert states(key) == ["queued"]


@pytest.mark.parametrize(("late", "state"), [(0, "sending"), (1, "expired")])
def test_the_moment_of_expiry_is_still_in_time_and_the_next_is_not(
    optician: Optician, late: int, state: str
) -> None:
    (key,) = optician.queue_for("Anna", expires_at=later(30))
    _begin(optician, later(30) + late)
    assert states(key) == [state]


@pytest.mark.parametrize(("waited", "state"), [(HOUR, "sending"), (HOUR + 1, "queued")])
def test_quiet_hours_are_asked_again_of_what_comes_more_than_an_hour_after_its_decision(
    optician: Optician, waited: int, state: str
) -> None:
    (key,) = optician.queue_for("Anna")
    opens = NOON + 9 * HOUR
    _begin(optician, NOON + waited, lambda _: opens)
    assert states(key) == [state]
    if state == "queued":
        assert Message.get_by_id(key).not_before_at == opens


def test_an_order_mail_does_not_wait_for_the_end_of_quiet_hours(optician: Optician) -> None:
    (key,) = optician.queue_for("Anna", purpose="transactional")
    assert _begin(optician, NOON + 5 * HOUR, lambda _: NOON + 9 * HOUR).go == [key]


def test_a_claim_that_another_worker_took_over_is_not_sent(optician: Optician) -> None:
    (key,) = optician.queue_for("Anna")
    claim(optician.store, "w1", NOON, 20)
    Message.update(claimed_by="w2").execute()
    assert _ask(optician, [key], NOON + MINUTE).go == []
    assert Message.get_by_id(key).claimed_by == "w2"


def test_no_more_than_twenty_are_marked_in_one_commit(optician: Optician) -> None:
    with pytest.raises(ValueError, match="more than 20"):
        _ask(optician, list(range(21)))


@pytest.mark.parametrize("reason", ["withdrawn", "no_consent"])
def test_a_withdrawal_that_is_being_written_is_waited_for(optician: Optician, reason: str) -> None:
    anna = optician.customer("Anna")
    (key,) = optician.queue(optician.draft(anna))
    claim(optician.store, "w1", NOON, 20)
    started, asked = threading.Event(), []

    def ask() -> None:
        with optician.store.use():
            started.set()
            asked.append(_ask(optician, [key]))

    sender = threading.Thread(target=ask)
    with optician.store.transaction():
        if reason == "withdrawn":
            withdraw(optician.store, optician.shop.id, anna.address_id, ["marketing"], NOON, "link")
        else:  # as if nothing cancelled the mail: then the ledger alone says no, read after the lock
            lock_addresses(optician.store, [anna.address_id])
            optician.consent(anna, "marketing", False, NOON)
        sender.start()
        assert started.wait(10)
        _until_it_waits(optician, sender)
    sender.join(10)
    assert [each.go for each in asked] == [[]]
    assert _reason(key) == ("cancelled", reason)


def _until_it_waits(optician: Optician, sender: threading.Thread) -> None:
    """Returns when the other transaction stands before the lock; on SQLite nobody can tell, nor need to."""
    waiting = "select count(*) from pg_locks where not granted"
    while optician.store.postgresql and sender.is_alive():
        if optician.store.database.execute_sql(waiting).fetchone()[0]:
            return
