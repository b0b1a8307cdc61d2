"""Unsubscribing: one mailbox takes back its consent for every customer who shares it."""

from __future__ import annotations

from collections.abc import Sequence

from engine import bulk
from engine.consent.ledger import Entry, append
from engine.consent.locking import cancel_queued, lock_addresses
from engine.store import Store
from models import Change, Customer


def withdraw(
    store: Store,
    shop_id: int,
    address_id: int,
    purposes: Sequence[str],
    now: int,
    source: str,
    wording: str | None = None,
    request_address: str | None = None,
) -> int:
    """Withdraws the purposes for every customer of the address in the shop, cancels what is queued; says for how many.

    Joins the caller's transaction or makes its own. Repeating it changes nothing.
    """
    return bulk.in_transaction(
        store, lambda: _withdraw(store, shop_id, address_id, purposes, now, source, wording, request_address)
    )


def _withdraw(
    store: Store,
    shop_id: int,
    address_id: int,
    purposes: Sequence[str],
    now: int,
    source: str,
    wording: str | None,
    request_address: str | None,
) -> int:
    lock_addresses(store, [address_id])
    customers = [row[0] for row in bulk.fetch(store, Customer, ("id",), "address_id", [address_id], shop_id)]
    entries = [
        Entry(c, purpose, False, now, now, source, wording, request_address=request_address)
        for c in customers for purpose in purposes
    ]  # fmt: skip
    written = append(store, shop_id, entries, now)
    cancel_queued([address_id], "withdrawn", now, purposes, shop_id)
    touched = sorted(
        {entry.customer_id for entry, new in zip(entries, written, strict=True) if new and entry.customer_id}
    )
    tell(store, shop_id, touched, now)
    return len(touched)


def tell(store: Store, shop_id: int, customers: Sequence[int], now: int) -> None:
    """Lets the next tick ask again whatever waits for these customers."""
    rows = [(shop_id, customer, now, now) for customer in customers]
    bulk.insert(store, Change, ("shop_id", "customer_id", "at", "recorded_at"), rows)
