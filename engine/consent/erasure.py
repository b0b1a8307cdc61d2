"""Erasure: nothing that tells who somebody was is left, and their mailbox gets no mail any more.

What stays of an address is a keyed digest on the suppression list: without the home's key nobody can tell whose it was,
and with it intake knows the address again when a shop sends it once more. Source: GDPR articles 17 and 21.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from peewee import fn

from engine import bulk
from engine.config_testing import is_apart, plain
from engine.consent.locking import lock_addresses
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
    Refund,
    RefusedMessage,
    Settlement,
    Source,
    Suppression,
    Visit,
    Visitor,
)  # fmt: skip
from models.people import CustomerFields

ERASED = "erased"
PREFIX = "erased:"  # no mailbox is called so: it has no @
ANYBODY_ERASED = "select 1 from address where email >= 'erased:' and email < 'erased;' limit 1"
# What belongs to a customer goes; what others still need stays without a name.
DELETED: tuple[Any, ...] = (
    Change, Member, Hold, Settlement, Decision, CustomerVersion, Line, Refund, Event, Order, Click, Link,
    Feedback, Notice, GoalLook, Visit, Visitor,
)  # fmt: skip
KEPT_NAMELESS: tuple[Any, ...] = (Message, ConsentChange, Coupon)
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
    if customer.address_id is not None:
        lock_addresses(store, [customer.address_id])
    theirs = Message.customer == customer.id
    waiting = Message.state.in_(("queued", "claimed", "deferred"))
    move(theirs & waiting, state="cancelled", reason=ERASED, settled_at=now)
    Message.update(BLANK_MESSAGE).where(theirs).execute()
    mailbox = Address.get_or_none(Address.id == customer.address_id)
    names = _names(customer, mailbox)
    browsers = _forget_visitors(customer, names)
    deleted = {table._meta.table_name: _delete(table, table.customer == customer.id) for table in DELETED}
    deleted |= browsers
    deleted["event"] += _delete(Event, _waiting(Event, customer.shop_id, names))
    ConsentChange.update(customer=None, external_customer=None, request_address=None, proof=None).where(
        (ConsentChange.customer == customer.id) | _waiting(ConsentChange, customer.shop_id, names)
    ).execute()
    Coupon.update(customer=None, expires_at=now).where(Coupon.customer == customer.id).execute()
    _forget_refused(customer, mailbox)
    _blank(customer, now)
    failpoint("erase.written")
    return Erased(deleted, mailbox is not None and _erase_mailbox(store, mailbox, now))


def _forget_visitors(customer: Customer, names: Sequence[str]) -> dict[str, int]:
    """Deletes browsers that are the customer's, and what they told; of one that was another's too only what was not."""
    shop = customer.shop_id
    said = (Visitor.customer == customer.id) | _waiting(Visitor, shop, names)
    found = dict(Visitor.select(Visitor.id, Visitor.key).where(said).tuples())
    mine = Visitor.id.in_(list(found))
    _delete(
        Event,
        (Event.shop == shop) & Event.external_customer.in_(list(found.values())) & Event.customer.is_null(),
    )
    theirs = Visit.visitor.in_(list(found)) & Visit.customer.is_null()
    visits = _delete(Visit, theirs | (Visit.customer == customer.id))
    Visitor.update(customer=None, external_customer=None, tied_at=None, tied_by=None).where(mine).execute()
    alone = ~fn.EXISTS(Visit.select(Visit.id).where(Visit.visitor == Visitor.id))
    return {"visit": visits, "visitor": _delete(Visitor, mine & alone)}


def _forget_refused(customer: Customer, mailbox: Address | None) -> None:
    """Deletes what a source sent in vain and what names the customer, by address or by the shop's id."""
    number, mails = customer.external_id, {customer.email, mailbox.email if mailbox else None} - {None}
    written = [f'"{number}"', f'id": {number},', f'id":{number},'] if number else []
    mine = RefusedMessage.source.in_(Source.select(Source.id).where(Source.shop == customer.shop_id))
    Cart.delete().where(Cart.shop == customer.shop_id, Cart.email.in_(list(mails))).execute()
    for name in (*written, *mails):
        RefusedMessage.delete().where(mine, RefusedMessage.body.contains(name)).execute()


def _names(customer: Customer, mailbox: Address | None) -> list[str]:
    """Lists how facts call somebody who is not known yet."""
    found = [] if customer.external_id is None else [f"id:{customer.external_id}"]
    return found + ([] if mailbox is None else [f"email:{plain(mailbox.email)}"])


def _waiting(table: Any, shop_id: int, names: Sequence[str]) -> Any:
    return (table.shop == shop_id) & table.customer.is_null() & table.external_customer.in_(list(names))


def _delete(table: Any, where: Any) -> int:
    return int(table.delete().where(where).execute())


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


def _erase_mailbox(store: Store, mailbox: Address, now: int) -> bool:
    """Puts the digest in the mailbox's place, unless somebody else is reached there; says whether it did."""
    if Customer.select().where(Customer.address == mailbox.id).exists():
        return False
    Caught.delete().where(Caught.to == plain(mailbox.email), Caught.test == is_apart(mailbox.email)).execute()
    Suppression.update(note=None).where(Suppression.address == mailbox.id).execute()
    _delete(Link, Link.url.contains(mailbox.email) | Link.url.contains(quote(mailbox.email, safe="")))
    digest = digest_of_address(store.secret, mailbox.email)
    former = Address.get_or_none(Address.email == digest)
    if former is not None:  # erased once before, while another of the same mailbox was not
        Message.update(address=former.id).where(Message.address == mailbox.id).execute()
        Suppression.update(address=former.id).where(Suppression.address == mailbox.id).execute()
        mailbox.delete_instance()
        return True
    new = {
        "email": digest, "suppressed_at": now, "suppressed_reason": ERASED, "suppressed_until_at": None,
    }  # fmt: skip
    Address.update(new).where(Address.id == mailbox.id).execute()
    Suppression.create(address=mailbox.id, at=now, act="suppressed", reason=ERASED)
    return True
