"""The address row is what sending, withdrawal, suppression and erasure lock: whoever has it goes first."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from engine import bulk
from engine.journal import move
from engine.store import Store
from models import Address, Customer, Message

NOT_YET_SENDING = ("queued", "claimed", "deferred")


def lock_addresses(store: Store, addresses: Collection[int]) -> None:
    """Locks the addresses' rows in order of id until the transaction ends; SQLite's write lock is held already."""
    bulk.fetch(store, Address, ("id",), "id", addresses, lock=True)


def lock_concerned(
    store: Store, shop_id: int, address_id: int | None, customer_id: int | None = None
) -> list[int]:
    """Returns, in order, whom a word from a mailbox concerns, and holds every mailbox of theirs until the transaction ends.

    They are everybody of the shop whose mailbox it is now, and the customer whom the mail was for, wherever they have moved
    since; nobody who was erased.
    """
    held: set[int] = set()
    while True:
        customers = _concerned(store, shop_id, address_id, customer_id)
        mailboxes = mailboxes_of(store, customers) | ({address_id} if address_id is not None else set())
        if mailboxes <= held:
            return customers
        held |= mailboxes  # they may have moved while we waited for these locks, so it is read again
        lock_addresses(store, held)


def mailboxes_of(store: Store, customers: Collection[int]) -> set[int]:
    """Returns where the customers are reached, and where a mail for them waits to go."""
    reached = bulk.fetch(store, Customer, ("address_id",), "id", customers)
    mails = bulk.fetch(store, Message, ("address_id", "state"), "customer_id", customers)
    waiting = {address for address, state in mails if state in NOT_YET_SENDING}
    return waiting | {address for (address,) in reached if address is not None}


def _concerned(store: Store, shop_id: int, address_id: int | None, customer_id: int | None) -> list[int]:
    at_home = [] if address_id is None else customers_at(store, shop_id, address_id)
    own = [] if customer_id is None else [customer_id]
    rows = bulk.fetch(store, Customer, ("id", "erased_at"), "id", own, shop_id)
    return sorted({*at_home, *(number for number, erased_at in rows if erased_at is None)})


def customers_at(store: Store, shop_id: int, address_id: int) -> list[int]:
    """Returns, in order, everybody of the shop whose mailbox it is now."""
    return [row[0] for row in bulk.fetch(store, Customer, ("id",), "address_id", [address_id], shop_id)]


def cancel_queued(
    store: Store,
    addresses: Collection[int],
    reason: str,
    now: int,
    purposes: Collection[str] | None = None,
    shop_id: int | None = None,
    rule: str | None = None,
    customers: Collection[int] = (),
) -> int:
    """Cancels what waits to be sent to the addresses, and for the customers wherever it goes; returns how many that were.

    With `purposes` or `rule`, and `shop_id`, only those of that shop; what a worker is `sending` already is beyond recall.
    """
    columns = ("id", "state", "purpose", "rule", "shop_id")
    # By these two keys first: asked in one condition, SQLite goes through all the mails of the shop.
    rows = bulk.fetch(store, Message, columns, "address_id", addresses)
    rows += bulk.fetch(store, Message, columns, "customer_id", customers)
    keys = {
        key for key, state, purpose, its_rule, shop in rows
        if state in NOT_YET_SENDING and (purposes is None or purpose in purposes)
        and rule in (None, its_rule) and shop_id in (None, shop)
    }  # fmt: skip
    if not keys:
        return 0
    free: dict[str, Any] = {"claimed_by": None, "lease_until_at": None}
    condition = Message.id.in_(sorted(keys)) & Message.state.in_(NOT_YET_SENDING)
    return move(condition, state="cancelled", reason=reason, settled_at=now, **free)
