"""Erasure: nothing that tells who somebody was is left, and their mailbox gets no mail any more.

What stays of an address is a keyed digest on the suppression list: without the home's key nobody can tell whose it was,
and with it intake knows the address again when a shop sends it once more. Source: GDPR articles 17 and 21.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from peewee import fn

from engine import bulk
from engine.consent.locking import lock_addresses
from engine.consent.traces import PREFIX, Sought, Where, sought_of, traces
from engine.failpoint import failpoint
from engine.journal import move
from engine.store import Store
from models import (
    Address,
    Cart,
    Caught,
    Change,
    Click,
    ConsentChange,
    Coupon,
    Customer,
    CustomerVersion,
    Decision,
    Event,
    Feedback,
    GoalLook,
    Hold,
    Line,
    Link,
    Member,
    Message,
    Notice,
    Order,
    OrderVersion,
    Refund,
    RefundLine,
    RefusedMessage,
    Settlement,
    Suppression,
    Visit,
    Visitor,
    VisitPage,
)  # fmt: skip
from models.people import CustomerFields

ERASED = "erased"
ANYBODY_ERASED = "select 1 from address where email >= 'erased:' and email < 'erased;' limit 1"
# Of the traces, what belongs to a customer goes; what others still need stays without a name.
DELETED: tuple[Any, ...] = (
    Change, Member, Hold, Settlement, Decision, CustomerVersion, Line, Refund, Event, Order, Click, Link,
    Feedback, Notice, GoalLook, Visit, Cart, Caught, RefusedMessage,
)  # fmt: skip
GONE_WITH_THEM: tuple[Any, ...] = (OrderVersion, RefundLine, VisitPage)  # the database deletes these
KEPT_NAMELESS: tuple[Any, ...] = (
    Customer, Address, Suppression, Message, ConsentChange, Coupon, Visitor,
)  # fmt: skip
NOBODYS_LINE: dict[str, Any] = dict.fromkeys(("customer", "external_customer", "request_address", "proof"))
NOBODYS_BROWSER: dict[str, Any] = dict.fromkeys(("customer", "external_customer", "tied_at", "tied_by"))
BLANK_MESSAGE: dict[str, Any] = {
    "anchors": [],
    "extra": {},
    "title": None,
    "note": None,
    "subject": None,
    "reply": None,
}


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows of each table went, and whether the mailbox was theirs alone and is suppressed for good."""

    deleted: dict[str, int]
    suppressed: bool


def digest_of_address(secret: bytes, mailbox: str) -> str:
    """Returns what stands for a mailbox once it is erased; `mailbox` as `engine.intake.reading.mailbox` writes it."""
    return PREFIX + hmac.new(secret, b"erased:" + mailbox.encode(), hashlib.sha256).hexdigest()[:48]


def digests_of_addresses(store: Store, mailboxes: Iterable[str]) -> dict[str, str]:
    """Returns the mailboxes by what would stand for them once erased; nothing while nobody was ever erased."""
    if not bulk.run(store, ANYBODY_ERASED):
        return {}
    return {digest_of_address(store.secret, mailbox): mailbox for mailbox in mailboxes}


def erase(store: Store, customer: Customer, now: int) -> Erased:
    """Erases one customer of one shop for good; what is being handed to a relay at this moment is beyond recall.

    Orders, refunds, events, decisions and former versions are deleted. Messages stay as numbers, without subject or reply,
    lines of the ledger without whom they concern. A mailbox that another customer uses as well stays as it is.
    """
    return bulk.in_transaction(store, lambda: _erase(store, customer, now))


def _erase(store: Store, customer: Customer, now: int) -> Erased:
    bulk.lock_shop(store, customer.shop_id, bulk.ALONE)
    customer = Customer.get_by_id(customer.id)
    lock_addresses(store, sought_of(customer).mailboxes)
    sought = sought_of(customer)  # once more: now nobody else moves to one of the mailboxes
    deleted = erase_traces(store, sought, now)
    _blank(customer, now)
    failpoint("erase.written")
    return Erased(deleted, customer.address_id is not None and customer.address_id not in sought.shared)


def erase_traces(store: Store, sought: Sought, now: int) -> dict[str, int]:
    """Takes away or makes nameless whatever `traces` lists but the customer's own row; returns how many rows went, by table.

    Inside a transaction of the caller, who holds the lock of the shop and of the mailboxes.
    """
    where = traces(sought)
    waiting = Message.state.in_(("queued", "claimed", "deferred"))
    move(where[Message] & waiting, state="cancelled", reason=ERASED, settled_at=now)
    Message.update(BLANK_MESSAGE).where(where[Message]).execute()
    deleted = {table._meta.table_name: _delete(table, where[table]) for table in DELETED}
    deleted["visitor"] = _forget_browsers(where[Visitor])
    ConsentChange.update(NOBODYS_LINE).where(where[ConsentChange]).execute()
    Coupon.update(customer=None, expires_at=now).where(where[Coupon]).execute()
    _leave_shared(store, sought, where, now)
    for key, email in sought.own.items():
        put_digest(store, key, email, now)
    return deleted


def _delete(table: Any, where: Any) -> int:
    return int(table.delete().where(where).execute())


def _forget_browsers(theirs: Any) -> int:
    """Deletes browsers that were nobody else's; one that has visits of somebody else stays theirs alone."""
    Visitor.update(NOBODYS_BROWSER).where(theirs).execute()
    alone = ~fn.EXISTS(Visit.select(Visit.id).where(Visit.visitor == Visitor.id))
    return _delete(Visitor, theirs & alone)


def _leave_shared(store: Store, sought: Sought, where: Where, now: int) -> None:
    """Takes the customer's mails away from mailboxes that stay in clear, to one that is called like nobody."""
    there = where[Message] & Message.address.in_(list(sought.shared))
    mails = [key for (key,) in Message.select(Message.id).where(there).tuples()]
    if not mails:
        return
    nobody = digest_of_address(store.secret, f"customer:{sought.customers}")
    Suppression.update(message=None).where(Suppression.message.in_(mails)).execute()
    Message.update(address=put_on_list(nobody, now)).where(there).execute()


def put_on_list(digest: str, now: int) -> int:
    """Returns the row of an erased mailbox of which nothing but the digest is known; made where it is missing."""
    row, _ = Address.get_or_create(email=digest, defaults=_suppressed(now) | {"created_at": now})
    return int(row.id)


def _suppressed(now: int) -> dict[str, Any]:
    return {"suppressed_at": now, "suppressed_reason": ERASED, "suppressed_until_at": None}


def _blank(customer: Customer, now: int) -> None:
    """Leaves a row that tells nothing, so that what was mailed can still be counted."""
    fields = [
        name for name in CustomerFields._meta.fields if name not in ("id", "zone", "tags", "attributes")
    ]
    empty: dict[str, Any] = {
        **dict.fromkeys(fields),
        "tags": [],
        "attributes": {},
        "external_id": None,
        "email": None,
    }
    empty |= {"address": None, "source": None, "erased_at": now}
    empty |= dict.fromkeys(("signed_up_at", "recorded_at", "updated_at"), now)
    Customer.update(empty).where(Customer.id == customer.id).execute()


def put_digest(store: Store, mailbox: int, email: str, now: int) -> None:
    """Puts the digest in a mailbox's place, and suppresses it for good; nobody living may be reached there."""
    Suppression.update(note=None).where(Suppression.address == mailbox).execute()
    digest = digest_of_address(store.secret, email)
    former = Address.get_or_none(Address.email == digest)
    if former is not None:  # erased once before, while another of the same mailbox was not
        Message.update(address=former.id).where(Message.address == mailbox).execute()
        Suppression.update(address=former.id).where(Suppression.address == mailbox).execute()
        Address.delete().where(Address.id == mailbox).execute()
        return
    Address.update(_suppressed(now) | {"email": digest}).where(Address.id == mailbox).execute()
    Suppression.create(address=mailbox, at=now, act="suppressed", reason=ERASED)
