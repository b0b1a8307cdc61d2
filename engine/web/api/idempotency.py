"""Idempotency-Key as Stripe has it: the first answer is kept with what it reports, and repeated."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import request

from engine import bulk
from engine.clock import DAY
from engine.store import Store
from engine.web.api.problems import Problem
from models import Idempotency

KEPT = 2 * DAY
HEADER = "Idempotency-Key"
REPLAYED = {"Idempotent-Replayed": "true"}  # Stripe's word
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_in_flight: set[tuple[str, int, str]] = set()
_turn = threading.Lock()


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back, as it is kept."""

    status: int
    body: str
    replayed: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """Marks what is said again."""
        return REPLAYED if self.replayed else {}


def key_of_request() -> str | None:
    """Returns the Idempotency-Key, or raises a 400 problem where it cannot be one."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and (not 1 <= len(key) <= 255 or CONTROL.search(key)):
        raise Problem(400, "an Idempotency-Key has 1 to 255 printable characters")
    return key


def once(
    store: Store, shop_id: int, key: str, body: bytes, now: int, work: Callable[[], Answer], header: str = HEADER,
) -> Answer:  # fmt: skip
    """Does `work` once for a key and keeps its answer in the same transaction; repeats it for the same request.

    Raises 422 where the key came with another request before, 409 while the first one is under way. Where `work`
    raises, nothing is kept, and the key is as good as new. `header` is what the caller knows the key by.
    """
    asked = hashlib.sha256(
        f"{request.method} {request.path} {request.mimetype}\n".encode() + body
    ).hexdigest()
    with _alone(store, shop_id, key, header):
        return bulk.in_transaction(store, lambda: _once(store, shop_id, key, asked, now, work, header))


def _once(
    store: Store, shop_id: int, key: str, asked: str, now: int, work: Callable[[], Answer], header: str
) -> Answer:
    if store.postgresql and not _try_lock(store, shop_id, key):
        raise _under_way(header)
    columns = ("key", "request", "status", "body")
    for _, first, status, text in bulk.fetch(store, Idempotency, columns, "key", [key], shop_id):
        if first != asked:
            raise Problem(422, f"this {header} came with another request before; take a new one")
        return Answer(status, text, replayed=True)
    answer = work()
    row = (shop_id, key, asked, answer.status, answer.body, now)
    bulk.insert(store, Idempotency, ("shop_id", "key", "request", "status", "body", "created_at"), [row])
    return answer


@contextmanager
def _alone(store: Store, shop_id: int, key: str, header: str) -> Iterator[None]:
    """Keeps a second request with the same key out while this process works on the first."""
    mine = (store.url, shop_id, key)
    with _turn:
        if mine in _in_flight:
            raise _under_way(header)
        _in_flight.add(mine)
    try:
        yield
    finally:
        with _turn:
            _in_flight.discard(mine)


def _try_lock(store: Store, shop_id: int, key: str) -> bool:
    """Keeps it out of other processes too; SQLite's write lock makes them wait and find the kept answer instead."""
    number = int.from_bytes(hashlib.sha256(f"{shop_id}:{key}".encode()).digest()[:8], "big", signed=True)
    return bool(bulk.run(store, "select pg_try_advisory_xact_lock(%s)", (number,))[0][0])


def _under_way(header: str) -> Problem:
    return Problem(
        409,
        f"a request with this {header} is under way; ask again in a moment",
        headers={"Retry-After": "1"},
    )


def forget_old(now: int) -> int:
    """Forgets answers older than two days (clients are promised one), and returns how many; for housekeeping."""
    return int(Idempotency.delete().where(Idempotency.created_at < now - KEPT).execute())
