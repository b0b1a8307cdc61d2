"""Asked again before a mail leaves: a pause that was wished meanwhile, and a soft opt-in that was never enough for it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.clock import DAY
from engine.consent.wishes import Said, pause_until
from engine.outbox.begin import Asked, Prepared, begin_sending
from engine.store import Store
from models import Message
from tests.consent.test_kinds import SOLD, shop
from tests.intake.optica import Optica, order, the_customer

GRANTED = {"consent": {"marketing": {"granted": True}}}


def claimed(optica: Optica, purpose: str = "marketing", kind: str = "bought") -> Message:
    """A message in a worker's hands."""
    anna, number = the_customer(), Message.select().count()
    return Message.create(
        shop=optica.row.id, customer=anna, address=anna.address_id, rule="r", purpose=purpose, template="t", state="claimed",
        message_id=f"m{number}", token=f"t{number}", decided_at=optica.now, counted_at=optica.now, due_at=optica.now,
        expires_at=optica.now + 30 * DAY, not_before_at=optica.now, claimed_by="w", lease_until_at=2**60,
        anchors=[{"kind": kind, "at": optica.now}],
    )  # fmt: skip


def begin(optica: Optica, *messages: Message) -> Asked:
    return begin_sending(
        optica.store, "w", [Prepared(m.id, "Hello", f"<{m.id}@x>") for m in messages], optica.now
    )


def test_what_is_queued_waits_for_the_end_of_a_pause(store: Store) -> None:
    optica = Optica(store)
    optica.customers({"id": "anna", "email": "anna@example.com", **GRANTED})
    letter, thanks = claimed(optica), claimed(optica, "transactional")
    until_at = optica.now + 3 * DAY
    pause_until(store, Said(optica.row.id, "preferences", the_customer().address_id), until_at, optica.now)
    asked = begin(optica, letter, thanks)
    assert (asked.go, asked.later) == ([thanks.id], {letter.id: until_at})
    assert (Message.get_by_id(letter.id).state, Message.get_by_id(letter.id).not_before_at) == (
        "queued",
        until_at,
    )


@pytest.mark.parametrize(
    ("kind", "stopped"), [("bought", None), ("every", "no_consent"), ("viewed", "no_consent")]
)
def test_a_sale_lets_only_a_mail_about_what_was_bought_leave(
    store: Store, kind: str, stopped: str | None
) -> None:
    optica = Optica(store, shop(soft_opt_in=["CZ"]))
    anna: dict[str, Any] = {
        "id": "anna",
        "email": "anna@example.com",
        "country": "CZ",
        "consent": {"marketing": SOLD},
    }
    optica.orders(order("1", customer=anna))
    letter = claimed(optica, kind=kind)
    asked = begin(optica, letter)
    assert asked.stopped == ({letter.id: ("cancelled", stopped)} if stopped else {})
    assert asked.go == ([] if stopped else [letter.id])
