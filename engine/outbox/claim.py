"""A worker takes messages for a while: whoever has a claim, and nobody else, may send them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain, islice, zip_longest
from typing import Any

from peewee import fn

from engine import bulk, journal
from engine.clock import SECOND
from engine.config_sending import Pace
from engine.config_testing import GROUP
from engine.failpoint import failpoint
from engine.outbox.domains import GROUPS, group_of
from engine.outbox.pace import UNLIMITED, Buckets, lock_buckets
from engine.outbox.pauses import ALL, read_pauses
from engine.outbox.rows import by_keys
from engine.store import Store
from models import Message

LEASE = 60 * SECOND
WAITING = ("queued", "deferred")
TRANSACTIONAL = "transactional"
Found = tuple[int, str]  # a message's id and its group


def claim(
    store: Store, worker: str, now: int, limit: int, pace: Pace | None = None, orders_only: bool = False,
    groups: Sequence[str] = GROUPS,
) -> list[Message]:  # fmt: skip
    """Claims messages whose time has come, transactional ones first; returns their rows, each with its address.

    `worker` names one process for its lifetime, never two. A claim lasts 60 seconds unless sending begins. What is
    paused is left in the queue, and so is what is beyond the `pace` of its group, without being in the way of others.
    Only messages of the named `groups` are looked at; unless they are named, those of test mode are not.
    Two workers never claim the same message: on SQLite the write lock parts them, on PostgreSQL each skips the rows
    that another is claiming.
    """
    while _anything_waits(now, groups):
        with store.transaction():
            mine, moved = _claim(store, worker, now, limit, pace, orders_only, groups)
            failpoint("claim.written")
        failpoint("claim.committed")
        if mine or not moved:
            return mine
    return []


def _anything_waits(now: int, groups: Sequence[str]) -> bool:
    """Spares an idle sender the locks: most seconds there is nothing to claim."""
    return _waiting(now, groups).first() is not None


def _waiting(now: int, groups: Sequence[str] = GROUPS) -> Any:
    return Message.select(Message.id).where(
        Message.state << WAITING, Message.domain_group << groups, Message.not_before_at <= now
    )


def _claim(
    store: Store, worker: str, now: int, limit: int, pace: Pace | None, orders_only: bool, groups: Sequence[str]
) -> tuple[list[Message], bool]:  # fmt: skip
    """Claims once; says also whether messages were found whose group was wrong and which the next claim finds."""
    pauses = read_pauses()
    if ALL in pauses.purposes:
        return [], False
    free, buckets = pauses.let_through(), lock_buckets(store, pace, now) if pace else None
    orders, others = free & (Message.purpose == TRANSACTIONAL), free & (Message.purpose != TRANSACTIONAL)
    found = _next(store, orders, now, limit, buckets, True, groups)
    if len(found) < limit and not orders_only:
        found += _next(store, others, now, limit - len(found), buckets, False, groups)
    mine, moved = _sorted_by_config([key for key, _ in found], pace, buckets)
    if mine:
        lease: Any = now + LEASE
        state = {"state": "claimed", "claimed_by": worker, "lease_until_at": lease}
        Message.update(state).where(
            Message.id << [row.id for row in mine], Message.state << WAITING
        ).execute()
        for row in mine:
            row.state, row.claimed_by, row.lease_until_at = "claimed", worker, lease
        journal.moved(mine, "claimed")
    bulk.update(store, Message, ("domain_group",), [(row.domain_group, row.id) for row in moved])
    if buckets and found:
        buckets.keep()
    return mine, bool(moved)


def _sorted_by_config(
    keys: Sequence[int], pace: Pace | None, buckets: Buckets | None
) -> tuple[list[Message], list[Message]]:
    """Reads messages in order and sets those apart whose group is another by now, because config.yaml says so."""
    if not keys:
        return [], []
    rows = {row.id: row for row in by_keys(keys)}
    mine, moved = [], []
    for row in (rows[key] for key in keys if key in rows):
        group = group_of(row.address.email, pace.domains) if pace else row.domain_group
        if group == row.domain_group:
            mine.append(row)
            continue
        if buckets:
            buckets.take({row.domain_group: -1})
        row.domain_group = group
        moved.append(row)
    return mine, moved


def _next(
    store: Store, condition: Any, now: int, limit: int, buckets: Buckets | None, about_orders: bool,
    among: Sequence[str],
) -> list[Found]:  # fmt: skip
    """Returns what may go next, group by group in turn, and takes its room; a group without room is not looked at."""
    room = {g: buckets.of[g].room(about_orders) if buckets else UNLIMITED for g in among}
    asked = [([group], left) for group, left in room.items() if 0 < left < limit]
    asked.append(([group for group, left in room.items() if left >= limit], limit))
    found: dict[str, list[Found]] = defaultdict(list)
    for groups, most in asked:
        for key, group in (
            _due(store, condition & (Message.domain_group << groups), now, most) if groups else ()
        ):
            found[group].append((key, group))
    chosen = list(islice(_in_turn(found.values()), limit))
    if buckets:
        buckets.take(Counter(group for _, group in chosen))
    return chosen


def _in_turn(queues: Iterable[list[Found]]) -> Iterable[Found]:
    return (each for each in chain.from_iterable(zip_longest(*queues)) if each is not None)


def _due(store: Store, condition: Any, now: int, limit: int) -> list[Found]:
    """Returns messages state by state, so that each is a walk along the index that stops at the limit."""
    found: list[Found] = []
    for state in WAITING:
        if len(found) < limit:
            query = Message.select(Message.id, Message.domain_group).where(
                Message.state == state, Message.not_before_at <= now, condition
            )
            query = query.limit(limit - len(found))
            taken = query.for_update("FOR UPDATE SKIP LOCKED") if store.postgresql else query
            found.extend(taken.tuples())
    return found


def waits_for_mailroom(now: int) -> bool:
    """Says whether a mail of test mode could be claimed now: a look, without a lock."""
    return _waiting(now, (GROUP,)).first() is not None


def orders_wait(now: int) -> bool:
    """Says whether a mail about an order could be claimed now, but for its pace: a look, without a lock."""
    return _waiting(now).where(Message.purpose == TRANSACTIONAL).first() is not None


def left_by_pace(now: int) -> int:
    """Counts what could be claimed but for the pace of its group, after somebody has claimed all that there was."""
    pauses = read_pauses()
    return 0 if ALL in pauses.purposes else int(_waiting(now).where(pauses.let_through()).count())


def let_go(store: Store, worker: str, now: int, retry_at: int | None = None, pace: Pace | None = None) -> int:
    """Gives back what the worker has claimed and not begun to send; returns how many messages that were."""
    back: dict[str, Any] = {"state": "queued", "claimed_by": None, "lease_until_at": None}
    if retry_at is not None:
        back["not_before_at"] = max(now, retry_at)
    mine = (Message.state == "claimed") & (Message.claimed_by == worker)
    with store.transaction():
        if pace:
            buckets = lock_buckets(store, pace, now)
            groups = Message.select(Message.domain_group, fn.COUNT(Message.id)).where(mine)
            buckets.take({group: -mails for group, mails in groups.group_by(Message.domain_group).tuples()})
            buckets.keep()
        return journal.move(mine, **back)
