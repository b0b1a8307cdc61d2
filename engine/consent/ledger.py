"""The ledger of consent: append-only lines, written only where they change what holds from their moment on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine import bulk
from engine.consent.locking import cancel_queued, lock_addresses
from engine.store import Store
from models import ConsentChange, Customer

COLUMNS = ("customer_id", "external_customer", "purpose", "granted", "at", "recorded_at", "source", "wording")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody said about one purpose."""

    customer_id: int | None
    purpose: str
    granted: bool
    at: int
    recorded_at: int
    source: str | None = None
    wording: str | None = None
    external_customer: str | None = None  # where the customer is not known yet
    dated: bool = True  # False: nobody said when, so a grant cannot outweigh a withdrawal


Line = tuple[int, int, int, bool]  # at, recorded_at, id, granted
Book = dict[tuple[Any, str], list[Line]]


def append(store: Store, shop_id: int, entries: Sequence[Entry], now: int) -> list[bool]:
    """Appends what changes something, inside the caller's transaction; says of each entry whether it did.

    A withdrawal cancels, in the same transaction and under the address's lock, what waits to be sent for its purpose.
    """
    book = _read(store, shop_id, entries)
    written = [_enter(book, entry) for entry in entries]
    fresh = [entry for entry, new in zip(entries, written, strict=True) if new]
    rows = [(*(getattr(entry, column) for column in COLUMNS), shop_id) for entry in fresh]
    bulk.insert(store, ConsentChange, (*COLUMNS, "shop_id"), rows)
    _obey(
        store,
        shop_id,
        [e for e in fresh if not e.granted and e.customer_id and not _holds(book, e, now)],
        now,
    )
    return written


def _key(entry: Entry) -> tuple[Any, str]:
    return entry.customer_id or entry.external_customer, entry.purpose


def _read(store: Store, shop_id: int, entries: Sequence[Entry]) -> Book:
    columns = ("customer_id", "external_customer", "purpose", "at", "recorded_at", "id", "granted")
    known = [entry.customer_id for entry in entries if entry.customer_id]
    unknown = [
        entry.external_customer for entry in entries if not entry.customer_id and entry.external_customer
    ]
    rows = bulk.fetch(store, ConsentChange, columns, "customer_id", known)
    rows += [
        r
        for r in bulk.fetch(store, ConsentChange, columns, "external_customer", unknown, shop_id)
        if r[0] is None
    ]
    book: Book = {}
    for customer, external, purpose, at, recorded_at, number, granted in rows:
        book.setdefault((customer or external, purpose), []).append((at, recorded_at, number, bool(granted)))
    return book


def _enter(book: Book, entry: Entry) -> bool:
    """Adds the entry to the book where it says something new of its moment; the same line again never does."""
    lines = book.setdefault(_key(entry), [])
    if any(line[0] == entry.at and line[3] == entry.granted for line in lines):
        return False
    if entry.granted and not entry.dated and any(not line[3] for line in lines):
        return False
    before = max((line for line in lines if line[0] <= entry.at), default=None)
    if before is not None and before[3] == entry.granted:
        return False
    lines.append((entry.at, entry.recorded_at, 2**62 + len(lines), entry.granted))
    return True


def _holds(book: Book, entry: Entry, now: int) -> bool:
    past = [line for line in book[_key(entry)] if line[0] <= now]
    return bool(past) and max(past)[3]


def _obey(store: Store, shop_id: int, withdrawn: Sequence[Entry], now: int) -> None:
    """Cancels what is queued for those who withdrew just now."""
    if not withdrawn:
        return
    rows = bulk.fetch(store, Customer, ("id", "address_id"), "id", [e.customer_id for e in withdrawn])
    address_of = {customer: address for customer, address in rows if address is not None}
    lock_addresses(store, set(address_of.values()))
    for purpose in sorted({entry.purpose for entry in withdrawn}):
        theirs = {
            address_of[e.customer_id]
            for e in withdrawn
            if e.purpose == purpose and e.customer_id in address_of
        }
        cancel_queued(theirs, "withdrawn", now, [purpose], shop_id)
