"""The address row is what sending, withdrawal, suppression and erasure lock: whoever has it goes first."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from engine import bulk
from engine.journal import move
from engine.store import Store
from models import Address, Message

NOT_YET_SENDING = ("queued", "claimed", "deferred")


def lock_addresses(store: Store, addresses: Collection[int]) -> None:
    """Locks the addresses' rows in order of id until the transaction ends; SQLite's write lock is held already."""
    bulk.fetch(store, Address, ("id",), "id", addresses, lock=True)


def cancel_queued(
    addresses: Collection[int],
    reason: str,
    now: int,
    purposes: Collection[str] | None = None,
    shop_id: int | None = None,
    rule: str | None = None,
) -> int:
    """Cancels what waits to be sent to the addresses, and returns how many messages that were.

    With `purposes` or `rule`, and `shop_id`, only those of that shop; what a worker is `sending` already is beyond recall.
    """
    condition = Message.address.in_(list(addresses)) & Message.state.in_(NOT_YET_SENDING)
    if purposes is not None:
        condition &= Message.purpose.in_(list(purposes))
    if rule is not None:
        condition &= Message.rule == rule
    if shop_id is not None:
        condition &= Message.shop == shop_id
    free: dict[str, Any] = {"claimed_by": None, "lease_until_at": None}
    return move(condition, state="cancelled", reason=reason, settled_at=now, **free)
