"""Agreeing from the mailbox itself: whoever presses the button there proves at once that it is theirs."""

from __future__ import annotations

from engine import bulk
from engine.consent.ledger import Entry, append
from engine.consent.locking import lock_addresses
from engine.consent.wishes import Said
from engine.consent.withdrawal import tell
from engine.store import Store
from models import Customer


def agree(store: Store, said: Said, purpose: str, now: int, wording: str, version: str) -> int:
    """Grants a purpose for every customer of the mailbox in the shop; says for how many that is new.

    `wording` is what stood beside the button. Both moments of a double opt-in are this one.
    """

    def work() -> int:
        assert said.address_id is not None
        lock_addresses(store, [said.address_id])
        rows = bulk.fetch(store, Customer, ("id",), "address_id", [said.address_id], said.shop_id)
        entries = [
            Entry(
                row[0], purpose, True, now, now, said.source, wording, version=version, basis="explicit",
                request_address=said.request_address, asked_at=now, confirmed_at=now,
            ) for row in rows
        ]  # fmt: skip
        written = append(store, said.shop_id, entries, now)
        fresh = [row[0] for row, new in zip(rows, written, strict=True) if new]
        tell(store, said.shop_id, fresh, now)
        return len(fresh)

    return bulk.in_transaction(store, work)
