"""After a crash: what was only claimed is queued again, what was being sent is unknown, what is too late expires."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from engine.clock import HOUR
from engine.failpoint import failpoint
from engine.journal import move, moved
from engine.outbox.claim import WAITING
from engine.outbox.settle import become_unknown, write
from engine.outbox.tell import tell
from engine.store import Store
from models import Message

BATCH = 500
NEVER = HOUR  # four times as long as the longest lease


def recover(store: Store, now: int, dead: Collection[str] = ()) -> int:
    """Takes back what belongs to workers whose lease has run out, or that are known to be `dead`; returns how many.

    A lease that ends further ahead than any is given comes from a clock that was wrong, and counts as run out.
    """
    gone = (Message.lease_until_at < now) | (Message.lease_until_at > now + NEVER)
    if dead:
        gone |= Message.claimed_by << sorted(dead)
    with store.transaction():
        back = {"state": "queued", "claimed_by": None, "lease_until_at": None}
        count = move((Message.state == "claimed") & gone, **back)
        rows = _locked(store, Message.select().where(Message.state == "sending", gone).limit(BATCH))
        for row in rows:
            become_unknown(row, now)
        write(store, rows)
        tell(store, rows, now)
        moved(rows)
        failpoint("recover.written")
    failpoint("recover.committed")
    return count + len(rows)


def expire(store: Store, now: int) -> int:
    """Ends what waited too long (paused, deferred, or after an outage); returns how many messages that were."""
    count = 0
    while ended := _expire_some(store, now):
        count += ended
    return count


def _expire_some(store: Store, now: int) -> int:
    with store.transaction():
        late = (Message.state << WAITING) & (Message.expires_at < now)
        rows = _locked(store, Message.select().where(late).limit(BATCH))
        for row in rows:
            row.state, row.reason, row.settled_at = "expired", "expired", now
        write(store, rows)
        tell(store, rows, now)
        moved(rows)
    return len(rows)


def holders() -> set[str]:
    """Lists the workers who hold messages."""
    query = Message.select(Message.claimed_by).where(
        Message.state << ("claimed", "sending"), Message.claimed_by.is_null(False)
    )
    return {worker for (worker,) in query.distinct().tuples()}


def _locked(store: Store, query: Any) -> list[Any]:
    return list(query.for_update("FOR UPDATE SKIP LOCKED") if store.postgresql else query)
