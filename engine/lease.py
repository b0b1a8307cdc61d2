"""The right to tick a shop: one clock at a time holds it, and whoever lost it cannot write.

A lease has an epoch that grows whenever the holder changes. Every transaction of a tick updates the cursor where the
epoch is still its own; if no row changes, somebody else has taken over and the transaction rolls back. So a node that
was paused for longer than its lease cannot break a cap when it wakes: no clock has to be right for that, only the
database.
"""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from typing import Any

from engine.clock import HOUR, SECOND, Clock
from engine.errors import LeaseLost
from engine.store import Store
from models import Cursor

LASTS = 30 * SECOND
NEVER = HOUR  # no right clock has ever given a lease that ends so far ahead


@dataclass(frozen=True, slots=True)
class Lease:
    """One clock's right to tick one shop."""

    shop_id: int
    owner: str
    epoch: int
    clock: Clock

    @property
    def _mine(self) -> Any:
        """Picks the shop's cursor as long as nobody else has taken it, not even for a while in between."""
        return (Cursor.shop == self.shop_id) & (Cursor.owner == self.owner) & (Cursor.epoch == self.epoch)

    def guard(self) -> None:
        """Renews the lease inside the caller's transaction; raises LeaseLost where another clock holds it."""
        if not Cursor.update(lease_until_at=self.clock.now() + LASTS).where(self._mine).execute():
            raise LeaseLost(
                f"{self.owner} no longer ticks shop {self.shop_id}: another clock took over",
                remedy="nothing to do; the other one goes on",
            )

    def release(self, store: Store) -> None:
        """Lets another clock begin at once instead of when the lease runs out; does nothing if it was lost."""
        with store.transaction():
            Cursor.update(owner=None, lease_until_at=0).where(self._mine).execute()


def name_of_this_process() -> str:
    """Names this process as an owner, so that another on this machine can tell whether it still lives.

    The last part keeps a later process with the same number from taking this one's epoch for its own.
    """
    return f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"


def acquire(store: Store, shop_id: int, owner: str, clock: Clock) -> Lease | None:
    """Returns the right to tick a shop, or None while another clock holds it; one's own is renewed with its epoch.

    `owner` names one process for its lifetime, never two. Whoever died on this machine holds nothing any more, and
    whoever took the lease by a clock that was far ahead need not be waited for: the epoch keeps them from writing. A
    shop that has no cursor yet has nobody to tick it: None.
    """
    now = clock.now()
    this = Cursor.shop == shop_id
    with store.transaction():
        kept = Cursor.update(lease_until_at=now + LASTS).where(this & (Cursor.owner == owner)).execute()
        over = (Cursor.lease_until_at <= now) | (Cursor.lease_until_at > now + NEVER)
        free = this & (Cursor.owner.is_null() | over | (Cursor.owner == _dead(this)))
        take = Cursor.update(owner=owner, epoch=Cursor.epoch + 1, lease_until_at=now + LASTS).where(free)
        cursor = Cursor.get_or_none(this) if kept or take.execute() else None
    return Lease(shop_id, owner, cursor.epoch, clock) if cursor else None


def _dead(this: Any) -> str | None:
    """Returns the present owner where it is a process of this machine that is no more."""
    cursor = Cursor.get_or_none(this)
    host, _, rest = (cursor.owner or "").partition(":") if cursor else ("", "", "")
    pid = rest.partition(":")[0]
    if host != socket.gethostname()[:32] or not pid.isdigit():
        return None
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return str(cursor.owner)
    except PermissionError:
        return None
    return None
