"""What is thrown away or taken back from time to time, so that a home neither grows without end nor forgets a mail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog

from engine.cli.home import Home
from engine.clock import DAY
from engine.outbox.recover import expire, recover
from models import Caught, Decision, Idempotency

log = structlog.get_logger()
KEYS_KEPT = 2 * DAY  # as long as an Idempotency-Key is promised to be remembered
CAUGHT_KEPT = 30 * DAY  # the catcher's mailbox is for looking, not for keeping
AT_ONCE = 1_000  # rows a transaction, so that nobody waits long for the write lock
MINUTE, HOUR = 60, 3600


def housekeeping(home: Home) -> dict[Callable[[], object], int]:
    """Returns what is to be done, and every how many seconds."""

    def take_back() -> None:
        with home.store.use():
            now = home.clock.now()
            found = recover(home.store, now), expire(home.store, now)
        if any(found):
            log.info("taken back", messages=found[0], expired=found[1])

    def prune() -> None:
        with home.store.use():
            pruned = prune_all(home)
        if any(pruned.values()):
            log.info("pruned", **pruned)

    return {take_back: MINUTE, prune: HOUR}


def prune_all(home: Home) -> dict[str, int]:
    """Deletes what is older than it is kept; the keys that forbid a second decision stay for ever."""
    now = home.clock.now()
    decisions_kept = home.config.limits.decisions_days * DAY
    return {
        "idempotency_keys": _delete(home, Idempotency, Idempotency.created_at < now - KEYS_KEPT),
        "decisions": _delete(home, Decision, Decision.at < now - decisions_kept),
        "caught": _delete(home, Caught, Caught.at < now - CAUGHT_KEPT),
    }


def _delete(home: Home, table: Any, old: Any) -> int:
    deleted = 0
    while True:
        keys = [key for (key,) in table.select(table.id).where(old).limit(AT_ONCE).tuples()]
        if not keys:
            return deleted
        with home.store.transaction():
            deleted += int(table.delete().where(table.id.in_(keys)).execute())
