"""Double opt-in: a consent that waits for a word from the mailbox itself, and that word.

Only a button confirms, never the opening of a link, for scanners open every link of a mail. Both moments stay in the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine import bulk
from engine.consent.granted import granted
from engine.consent.kinds import PENDING, kind_of
from engine.consent.ledger import Entry, append
from engine.consent.locking import customers_at, lock_addresses
from engine.consent.standing import NOTHING_SAID, standings
from engine.consent.withdrawal import tell
from engine.store import Store
from models import ConsentChange

RULE = "double-opt-in"  # of the mails that ask; no rule of the marketer's
TEMPLATE = "confirm-consent"
KIND = "pending"  # of their anchors


@dataclass(frozen=True, slots=True)
class Confirming:
    """How far the consents that one mail asks about have come."""

    waiting: tuple[str, ...] = ()  # purposes to be confirmed
    confirmed: tuple[str, ...] = ()
    moved: bool = False  # the customer has another mailbox now, of which this mail proves nothing


def asked_about(anchors: Iterable[Mapping[str, Any]]) -> list[int]:
    """Returns the lines of the ledger that a mail asks about."""
    return [int(anchor["line"]) for anchor in anchors if anchor.get("kind") == KIND and anchor.get("line")]


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a mail asked about which lines of the ledger, in which mailbox."""

    shop_id: int
    address: int
    customer: int
    lines: tuple[int, ...]


def confirming(store: Store, asked: Asked, now: int) -> Confirming:
    """Says which of the consents of a mail can still be confirmed from its mailbox, and which are confirmed."""
    if asked.customer not in customers_at(store, asked.shop_id, asked.address):
        return Confirming(moved=True)
    customer, lines = asked.customer, asked.lines
    purposes = sorted({kind_of(str(line.purpose))[1] for line in _lines(customer, lines)})
    confirmed = tuple(purpose for purpose in purposes if granted(customer, purpose, now))
    waits = standings([customer], now).get(customer, NOTHING_SAID).pending
    return Confirming(tuple(p for p in purposes if p in waits and p not in confirmed), confirmed)


def confirm(store: Store, asked: Asked, now: int, request_address: str | None) -> Confirming:
    """Confirms what still waits, from the mailbox that was asked; repeating it changes nothing.

    A mailbox that is no longer the customer's confirms nothing: the one of today is asked itself.
    """

    def work() -> Confirming:
        lock_addresses(store, [asked.address])
        waiting = confirming(store, asked, now).waiting
        entries = [
            _confirmed(line, asked.customer, now, request_address) for line in _lines(asked.customer, asked.lines)
            if kind_of(str(line.purpose))[1] in waiting
        ]  # fmt: skip
        if any(append(store, asked.shop_id, entries, now)):
            tell(store, asked.shop_id, [asked.customer], now)
        return confirming(store, asked, now)

    return bulk.in_transaction(store, work)


def _lines(customer: int, lines: Iterable[int]) -> list[ConsentChange]:
    mine = ConsentChange.id.in_(list(lines)) & (ConsentChange.customer == customer)
    return [line for line in ConsentChange.select().where(mine) if str(line.purpose).startswith(PENDING)]


def _confirmed(line: ConsentChange, customer: int, now: int, request_address: str | None) -> Entry:
    return Entry(
        customer, kind_of(str(line.purpose))[1], True, now, now, line.source, line.wording, version=line.version,
        basis=line.basis, request_address=request_address, proof=line.proof, asked_at=line.at, confirmed_at=now,
    )  # fmt: skip
