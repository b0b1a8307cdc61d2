"""Agreeing from the mailbox itself: whoever presses the button there proves at once that it is theirs."""

from __future__ import annotations

from engine import bulk
from engine.consent.ledger import Entry, append
from engine.consent.locking import customers_at, lock_addresses
from engine.consent.wishes import Said
from engine.consent.withdrawal import tell
from engine.store import Store


def agree(store: Store, said: Said, purpose: str, now: int, wording: str, version: str) -> int:
    """Grants a purpose for every customer of the mailbox in the shop; says for how many that is new.

    `wording` is what stood beside the button. Both moments of a double opt-in are this one. Whoever has moved away since the mail
    is not among them: this mailbox proves nothing of their new one.
    """

    def work() -> int:
        assert said.address_id is not None
        lock_addresses(store, [said.address_id])
        customers = customers_at(store, said.shop_id, said.address_id)
        entries = [
            Entry(
                customer, purpose, True, now, now, said.source, wording, version=version, basis="explicit",
                request_address=said.request_address, asked_at=now, confirmed_at=now,
            ) for customer in customers
        ]  # fmt: skip
        written = append(store, said.shop_id, entries, now)
        fresh = [customer for customer, new in zip(customers, written, strict=True) if new]
        tell(store, said.shop_id, fresh, now)
        return len(fresh)

    return bulk.in_transaction(store, work)
