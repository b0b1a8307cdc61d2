"""The ledger of consent: append-only lines, written only where they change what holds from their moment on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine import bulk
from engine.clock import moment
from engine.consent.chain import OWN, write_lines
from engine.consent.kinds import FREQUENCY, NOT_YET, PAUSE, PENDING, PROFILING, kind_of, shelved
from engine.consent.locking import cancel_queued, lock_addresses, mailboxes_of
from engine.consent.withdrawals import note_taken_back
from engine.notices import SUBSCRIBED, UNSUBSCRIBED, News, note
from engine.store import Store
from models import ConsentChange


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody said about one purpose, or about what else engine/consent/kinds.py names."""

    customer_id: int | None
    purpose: str
    granted: bool
    at: int
    recorded_at: int
    source: str | None = None
    wording: str | None = None
    external_customer: str | None = None  # where the customer is not known yet
    dated: bool = True  # False: nobody said when, so a grant cannot outweigh a withdrawal
    version: str | None = None  # of the wording
    basis: str | None = None  # explicit | soft_opt_in
    detail: str | None = None  # a wish's value, or why a grant is not used
    request_address: str | None = None
    proof: str | None = None
    asked_at: int | None = None  # double opt-in: first said, and confirmed
    confirmed_at: int | None = None

    @property
    def row(self) -> dict[str, Any]:
        """Returns the line as the chain takes it."""
        said = {name: getattr(self, name) for name in OWN}
        return said | {"customer_id": self.customer_id, "external_customer": self.external_customer}


AS_EVER = ((FREQUENCY, False), (PAUSE, False), (PROFILING, True))  # what holds of whoever has wished nothing
Line = tuple[int, int, int, bool, str | None]  # at, recorded_at, id, granted, detail
Book = dict[tuple[Any, str], list[Line]]


def append(store: Store, shop_id: int, entries: Sequence[Entry], now: int) -> list[bool]:
    """Appends what changes something, inside the caller's transaction; says of each entry whether it did.

    A withdrawal cancels, in the same transaction and under the addresses' locks, what waits to be sent for its purpose. It
    ends as well what was granted and is not used yet: what waits to be confirmed, to be proven, a soft opt-in.
    """
    book = _read(store, shop_id, entries)
    written, fresh = [], []
    for entry in entries:
        new = [one for one in (entry, *_shelved(book, entry)) if _enter(book, one)]
        written.append(bool(new))
        fresh += new
    over = [e for e in fresh if not e.granted and e.customer_id and not _holds(book, e, now)]
    # Before the chain's end is held: whoever has an address may wait for that.
    lock_addresses(store, mailboxes_of(store, {e.customer_id for e in over if e.customer_id}))
    write_lines(store, shop_id, [entry.row for entry in fresh])
    note_taken_back(
        store,
        shop_id,
        [(e.customer_id, e.purpose, e.granted, e.at, e.detail) for e in fresh if e.customer_id],
    )
    _obey(store, over, now, shop_id)
    _tell_endpoints(store, shop_id, book, fresh, over, now)
    return written


def _tell_endpoints(
    store: Store, shop_id: int, book: Book, fresh: Sequence[Entry], over: Sequence[Entry], now: int
) -> None:
    """Lets endpoints know what holds from now on and did not before: purposes alone, not wishes nor what waits."""
    if not store.listeners:
        return
    joined = [entry for entry in fresh if entry.granted and entry.customer_id and _holds(book, entry, now)]
    for kind, entries in ((SUBSCRIBED, joined), (UNSUBSCRIBED, over)):
        news = [
            News(entry.customer_id, entry.at, {"purpose": entry.purpose, "source": entry.source})
            for entry in entries
            if entry.customer_id and not kind_of(entry.purpose)[0]
        ]
        note(store, shop_id, kind, news, now)


def _shelved(book: Book, entry: Entry) -> list[Entry]:
    """Returns the withdrawals of grants that are not used yet, which a withdrawal of their purpose brings along."""
    kind, about = kind_of(entry.purpose)
    if entry.granted or kind:
        return []
    mine = [replace(entry, purpose=name) for name in shelved(about)]
    return [one for one in mine if any(line[3] for line in book.get(_key(one), ()))]


def _key(entry: Entry) -> tuple[Any, str]:
    return entry.customer_id or entry.external_customer, entry.purpose


def _read(store: Store, shop_id: int, entries: Sequence[Entry]) -> Book:
    columns = ("customer_id", "external_customer", "purpose", "at", "recorded_at", "id", "granted", "detail")
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
    for customer, external, purpose, at, recorded_at, number, granted, detail in rows:
        line = (at, recorded_at, number, bool(granted), detail)
        book.setdefault((customer or external, purpose), []).append(line)
    return book


def _enter(book: Book, entry: Entry) -> bool:
    """Adds the entry to the book where it says something new of its moment; the same line again never does."""
    lines = book.setdefault(_key(entry), [])
    if any(line[0] == entry.at and line[3:] == (entry.granted, entry.detail) for line in lines):
        return False
    if entry.granted and _outweighed(book, entry, lines):
        return False
    before = max((line for line in lines if line[0] <= entry.at), key=_age, default=None)
    if before is None and (entry.purpose, entry.granted) in AS_EVER:
        return False
    if before is not None and before[3:] == (entry.granted, entry.detail):
        return False
    lines.append((entry.at, entry.recorded_at, 2**62 + len(lines), entry.granted, entry.detail))
    return True


def _outweighed(book: Book, entry: Entry, lines: list[Line]) -> bool:
    """Says that a grant counts for nothing: a withdrawal is newer, or the purpose is consented to already."""
    kind, about = kind_of(entry.purpose)
    of_purpose = book.get((_key(entry)[0], about), []) if kind in NOT_YET else []
    if not entry.dated and any(not line[3] for line in (*lines, *of_purpose)):
        return True
    before = max((line for line in lines if line[0] <= entry.at), key=_age, default=None)
    if kind == PENDING and before is not None and before[3] and _still_waits(before, entry):
        return True
    if any(not line[3] and line[0] >= entry.at for line in of_purpose):
        return True
    held = max((line for line in of_purpose if line[0] <= entry.at), key=_age, default=None)
    return held is not None and held[3]


def _still_waits(line: Line, entry: Entry) -> bool:
    """Says that a mail asks already: whoever ticks the box with every order is not asked each time."""
    return line[4] is None or line[4] >= moment(entry.at).isoformat(timespec="seconds")


def _age(line: Line) -> tuple[int, int, int]:
    return line[:3]


def _holds(book: Book, entry: Entry, now: int) -> bool:
    past = [line for line in book[_key(entry)] if line[0] <= now]
    return bool(past) and max(past, key=_age)[3]


def _obey(store: Store, withdrawn: Sequence[Entry], now: int, shop_id: int) -> None:
    """Cancels what is queued for those who withdrew just now."""
    for purpose in sorted({entry.purpose for entry in withdrawn}):
        theirs = {e.customer_id for e in withdrawn if e.purpose == purpose and e.customer_id}
        cancel_queued(store, (), "withdrawn", now, [purpose], shop_id, customers=theirs)
