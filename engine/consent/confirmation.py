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
from engine.consent.locking import lock_addresses
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


def asked_about(anchors: Iterable[Mapping[str, Any]]) -> list[int]:
    """Returns the lines of the ledger that a mail asks about."""
    return [int(anchor["line"]) for anchor in anchors if anchor.get("kind") == KIND and anchor.get("line")]


def confirming(customer: int, lines: Iterable[int], now: int) -> Confirming:
    """Says which of the consents of a mail can still be confirmed, and which are confirmed."""
    purposes = sorted({kind_of(str(line.purpose))[1] for line in _lines(customer, lines)})
    confirmed = tuple(purpose for purpose in purposes if granted(customer, purpose, now))
    waits = standings([customer], now).get(customer, NOTHING_SAID).pending
    return Confirming(tuple(p for p in purposes if p in waits and p not in confirmed), confirmed)


def confirm(
    store: Store, shop_id: int, address: int, customer: int, lines: Iterable[int], now: int, request_address: str | None
) -> Confirming:  # fmt: skip
    """Confirms what still waits, from the mailbox that was asked; repeating it changes nothing."""
    wanted = list(lines)

    def work() -> Confirming:
        lock_addresses(store, [address])
        waiting = confirming(customer, wanted, now).waiting
        entries = [
            _confirmed(line, customer, now, request_address) for line in _lines(customer, wanted)
            if kind_of(str(line.purpose))[1] in waiting
        ]  # fmt: skip
        if any(append(store, shop_id, entries, now)):
            tell(store, shop_id, [customer], now)
        return confirming(customer, wanted, now)

    return bulk.in_transaction(store, work)


def _lines(customer: int, lines: Iterable[int]) -> list[ConsentChange]:
    mine = ConsentChange.id.in_(list(lines)) & (ConsentChange.customer == customer)
    return [line for line in ConsentChange.select().where(mine) if str(line.purpose).startswith(PENDING)]


def _confirmed(line: ConsentChange, customer: int, now: int, request_address: str | None) -> Entry:
    return Entry(
        customer, kind_of(str(line.purpose))[1], True, now, now, line.source, line.wording, version=line.version,
        basis=line.basis, request_address=request_address, proof=line.proof, asked_at=line.at, confirmed_at=now,
    )  # fmt: skip
