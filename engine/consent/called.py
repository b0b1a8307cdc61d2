"""Whoever is no customer of a shop and yet stands in its tables: named by an address or the shop's id beside what waits for them.

Such a person has the same rights as a customer: what is kept of them is exported, and erased, by the one list of traces.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine import bulk
from engine.config_testing import apart, is_test
from engine.consent.beside import digest_of_customer
from engine.consent.erasure import Erased, digest_of_address, erase_traces
from engine.consent.locking import lock_addresses
from engine.consent.traces import Sought, sought_called, sought_of, traces
from engine.store import Store
from models import Address, Cart, Caught, ConsentChange, Customer, Event, Link, Shop, Suppression, Visitor

OF_NO_SHOP = (Address, Suppression, Caught, Link)  # their rows may tell of the mailbox at another shop


@dataclass(frozen=True, slots=True)
class Called:
    """What somebody is called at one shop: by its id, by a mailbox as people write it, or by both."""

    shop: Shop
    external_id: str | None
    email: str | None

    @property
    def mailbox(self) -> str | None:
        """Returns the mailbox as the table of addresses has it."""
        return _at_shop(self.shop, self.email) if self.email else None


Somebody = Customer | Called


def sought(whose: Somebody) -> Sought:
    """Returns whose traces are sought, customer or not."""
    if isinstance(whose, Customer):
        return sought_of(whose)
    return sought_called(whose.shop.id, whose.external_id, [whose.mailbox] if whose.mailbox else [])


def is_there(called: Called, of_the_shop: bool = True) -> bool:
    """Says whether anything tells of them at this shop; else also whether their mailbox alone is known."""
    named = sought(called)
    return any(
        table.select().where(where).exists()
        for table, where in traces(named).items()
        if table not in OF_NO_SHOP or (not of_the_shop and named.own)
    )


def erase_called(store: Store, called: Called, now: int) -> Erased:
    """Erases what tells of somebody who is no customer; their mailbox is suppressed by its digest, unless others use it."""
    return bulk.in_transaction(store, lambda: _erase(store, called, now))


def _erase(store: Store, called: Called, now: int) -> Erased:
    bulk.lock_shop(store, called.shop.id, bulk.ALONE)
    _make_mailbox(store, called.mailbox, now)
    lock_addresses(store, sought(called).mailboxes)
    named = sought(called)  # once more: now nobody moves to the mailbox
    return Erased(erase_traces(store, named, now), bool(named.own))


def _make_mailbox(store: Store, mailbox: str | None, now: int) -> None:
    """Makes the row whose digest will stand on the suppression list, where the mailbox is known neither as one nor the other."""
    if mailbox is None:
        return
    either = Address.email.in_([mailbox, digest_of_address(store.secret, mailbox)])
    if not Address.select().where(either).exists():
        Address.insert(email=mailbox, created_at=now).on_conflict_ignore().execute()


def everybody_called(shop: Shop) -> Iterator[Called]:
    """Yields everybody at a shop who is named and no customer, by one name each."""
    found = {f"email:{email}" for email in _each(Cart.email, Cart.shop == shop.id)}
    for table in (Event, ConsentChange, Visitor):
        waiting = (table.shop == shop.id) & table.customer.is_null()
        found |= _each(table.external_customer, waiting)
    for name in sorted(found):
        kind, _, said = name.partition(":")
        if kind in ("id", "email"):  # a visitor's own key has no colon, and an order's number is no person's
            yield Called(shop, said if kind == "id" else None, said if kind == "email" else None)


def _each(column: Any, where: Any) -> set[str]:
    rows = column.model.select(column).where(where & column.is_null(False)).distinct()
    return {name for (name,) in rows.tuples()}


def digests_of(store: Store, whose: Somebody) -> list[str]:
    """Returns what stands for somebody beside the store, the surest first: the same in every backup, and read by nobody."""
    shop, named = whose.shop, sought(whose)
    boxes = [_at_shop(shop, email) for email in named.emails]
    by_box = [digest_of_customer(store, shop.key, 0, None, box) for box in boxes]
    by_id = named.external_id and digest_of_customer(store, shop.key, 0, named.external_id, None)
    found = [*by_box, by_id] if isinstance(whose, Called) else [digest_of(store, whose), *by_box]
    return list(dict.fromkeys(digest for digest in found if digest))


def digest_of(store: Store, customer: Customer) -> str:
    """Returns what stands for a customer: by the shop's id, else by address."""
    email = customer.address.email if customer.external_id is None and customer.address_id else None
    return digest_of_customer(store, customer.shop.key, customer.id, customer.external_id, email)


def _at_shop(shop: Shop, email: str) -> str:
    return apart(email) if is_test(shop.key) else email
