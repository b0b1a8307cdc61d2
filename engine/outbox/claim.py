"""A worker takes messages for a while: whoever has a claim, and nobody else, may send them."""

from __future__ import annotations

from typing import Any

from engine.clock import SECOND
from engine.failpoint import failpoint
from engine.outbox.pauses import read_pauses
from engine.store import Store
from models import Message

LEASE = 60 * SECOND
WAITING = ("queued", "deferred")
TRANSACTIONAL = "transactional"


def claim(store: Store, worker: str, now: int, limit: int) -> list[Message]:
    """Claims messages whose time has come, transactional ones first; returns their rows.

    `worker` names one process for its lifetime, never two. A claim lasts 60 seconds unless sending begins. What is
    paused is left in the queue. Two workers never claim the same message: on SQLite the write lock parts them, on
    PostgreSQL each skips the rows that another is claiming.
    """
    with store.transaction():
        pauses = read_pauses()
        if "all" in pauses.purposes:
            return []
        free = pauses.let_through()
        keys = _due(store, free & (Message.purpose == TRANSACTIONAL), now, limit)
        if len(keys) < limit:
            keys += _due(store, free & (Message.purpose != TRANSACTIONAL), now, limit - len(keys))
        if not keys:
            return []
        mine = {"state": "claimed", "claimed_by": worker, "lease_until_at": now + LEASE}
        Message.update(mine).where(Message.id << keys, Message.state << WAITING).execute()
        rows = {
            row.id: row for row in Message.select().where(Message.id << keys, Message.claimed_by == worker)
        }
        failpoint("claim.written")
    failpoint("claim.committed")
    return [rows[key] for key in keys if key in rows]


def _due(store: Store, condition: Any, now: int, limit: int) -> list[int]:
    """Returns ids state by state, so that each is a walk along the index that stops at the limit."""
    keys: list[int] = []
    for state in WAITING:
        if len(keys) < limit:
            query = Message.select(Message.id).where(
                Message.state == state, Message.not_before_at <= now, condition
            )
            query = query.limit(limit - len(keys))
            found = query.for_update("FOR UPDATE SKIP LOCKED") if store.postgresql else query
            keys += [key for (key,) in found.tuples()]
    return keys


def let_go(store: Store, worker: str, now: int, retry_at: int | None = None) -> int:
    """Gives back what the worker has claimed and not begun to send; returns how many messages that were."""
    back: dict[str, Any] = {"state": "queued", "claimed_by": None, "lease_until_at": None}
    if retry_at is not None:
        back["not_before_at"] = max(now, retry_at)
    with store.transaction():
        return int(
            Message.update(back).where(Message.state == "claimed", Message.claimed_by == worker).execute()
        )
