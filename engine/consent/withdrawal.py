"""Unsubscribing: one mailbox takes back its consent for every customer who shares it, and for whom it was mailed."""

from __future__ import annotations

from collections.abc import Sequence

from engine import bulk
from engine.consent.ledger import Entry, append
from engine.consent.locking import cancel_queued, lock_concerned
from engine.store import Store
from models import Change


def withdraw(
    store: Store,
    shop_id: int,
    address_id: int | None,
    purposes: Sequence[str],
    now: int,
    source: str,
    wording: str | None = None,
    request_address: str | None = None,
    customer_id: int | None = None,
) -> int:
    """Withdraws the purposes for every customer of the address in the shop, cancels what is queued; says for how many.

    `customer_id` is whom the mail was for: they have said so too, whatever their address is by now. Joins the caller's
    transaction or makes its own. Repeating it changes nothing.
    """

    def work() -> int:
        customers = lock_concerned(store, shop_id, address_id, customer_id)
        entries = [
            Entry(c, purpose, False, now, now, source, wording, request_address=request_address)
            for c in customers for purpose in purposes
        ]  # fmt: skip
        written = append(store, shop_id, entries, now)
        addresses = [] if address_id is None else [address_id]
        cancel_queued(store, addresses, "withdrawn", now, purposes, shop_id, customers=customers)
        touched = sorted(
            {
                entry.customer_id
                for entry, new in zip(entries, written, strict=True)
                if new and entry.customer_id
            }
        )
        tell(store, shop_id, touched, now)
        return len(touched)

    return bulk.in_transaction(store, work)


def tell(store: Store, shop_id: int, customers: Sequence[int], now: int) -> None:
    """Lets the next tick ask again whatever waits for these customers."""
    rows = [(shop_id, customer, now, now) for customer in customers]
    bulk.insert(store, Change, ("shop_id", "customer_id", "at", "recorded_at"), rows)
