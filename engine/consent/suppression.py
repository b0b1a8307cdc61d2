"""Suppression: an address that gets no mail at all any more, whatever its purpose or shop."""

from __future__ import annotations

from engine import bulk
from engine.consent.locking import cancel_queued, lock_addresses
from engine.store import Store
from models import Address


def suppress(store: Store, address_id: int, reason: str, now: int) -> bool:
    """Suppresses the address and cancels everything queued for it; says whether it was not suppressed before.

    `reason` is a short word: hard_bounce, spam_report, erased, by_hand.
    """
    return bulk.in_transaction(store, lambda: _suppress(store, address_id, reason, now))


def _suppress(store: Store, address_id: int, reason: str, now: int) -> bool:
    lock_addresses(store, [address_id])
    fresh = Address.update(suppressed_at=now, suppressed_reason=reason).where(
        (Address.id == address_id) & Address.suppressed_at.is_null()
    )
    changed = int(fresh.execute())
    cancel_queued([address_id], "suppressed", now)
    return changed == 1


def release(store: Store, address_id: int) -> bool:
    """Lifts a suppression, by an operator's own decision; says whether there was one."""
    lifted = Address.update(suppressed_at=None, suppressed_reason=None).where(
        (Address.id == address_id) & Address.suppressed_at.is_null(False)
    )
    return bulk.in_transaction(store, lambda: int(lifted.execute())) == 1
