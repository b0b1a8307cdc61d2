"""The queue of one endpoint: taken in short transactions, and given back with what became of each message.

A claim is a date: whoever takes a notice moves it ahead by a lease, and if they die it is simply due again then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from peewee import fn

from engine import bulk
from engine.afterwards import after_commit
from engine.clock import DAY, HOUR, MINUTE, SECOND
from engine.config_endpoints import Endpoint as Settings
from engine.failpoint import failpoint
from engine.notifying.posting import Answer
from engine.store import Store
from engine.tallies import tallies
from models import Endpoint, Notice

log = structlog.get_logger()
AT_ONCE = 100
FIRST_WAIT, LONGEST_WAIT = 10 * SECOND, 6 * HOUR  # of one message: ten seconds, four times that each time
FIRST_REST, LONGEST_REST, PATIENCE = (
    2 * SECOND,
    10 * MINUTE,
    3,
)  # of the endpoint, after so many failures in a row
BUDGET = 30 * SECOND  # in which a batch begins its posts; the rest of it is given back
GONE = 410
Told = Sequence[tuple[Any, Answer | None]]  # notices, and what became of each; None: it was not tried


@dataclass(frozen=True, slots=True)
class Whose:
    """One endpoint of one shop."""

    shop_id: int
    shop: str
    settings: Settings

    @property
    def mine(self) -> Any:
        """Says that a notice is this endpoint's."""
        return (Notice.shop == self.shop_id) & (Notice.endpoint == self.settings.name)

    @property
    def row(self) -> Any:
        """Says that a row tells how this endpoint fares."""
        return (Endpoint.shop == self.shop_id) & (Endpoint.name == self.settings.name)


def lease_of(settings: Settings) -> int:
    """Returns how long a claim holds: longer than its posts can take."""
    return BUDGET + 2 * settings.timeout_seconds * SECOND + MINUTE


def standing(whose: Whose) -> Any:
    """Returns how an endpoint fares, and begins to keep it where nothing is kept yet; inside a transaction."""
    found = Endpoint.get_or_none(whose.row)
    if found is None:
        Endpoint.insert(shop=whose.shop_id, name=whose.settings.name).on_conflict_ignore().execute()
        found = Endpoint.get(whose.row)
    return found


def is_due(whose: Whose, now: int) -> bool:
    """Says whether something can be told now, or is to be given up; asked each second, so it only reads."""
    if _any(whose.mine & (Notice.state == "trial") & (Notice.next_at <= now)):
        return True
    fares = Endpoint.get_or_none(whose.row)
    shut = fares is not None and (fares.paused_at is not None or (fares.rest_until_at or 0) > now)
    since = now - whose.settings.give_up_after_days * DAY if shut else now
    return _any(whose.mine & (Notice.state == "waiting") & (Notice.next_at <= since))


def _any(condition: Any) -> bool:
    return bool(Notice.select(Notice.id).where(condition).exists())


def claim(store: Store, whose: Whose, worker: str, now: int) -> list[Any]:
    """Takes what is due and returns it: tests always, all else unless the endpoint rests or is paused.

    An endpoint that failed last is tried with one message, so that nobody knocks a hundred times on a shut door.
    """
    with store.transaction():
        fares = standing(whose)
        give_up_old(whose, now)
        found = _locked(store, whose.mine & (Notice.state == "trial") & (Notice.next_at <= now), 1)
        if fares.paused_at is None and (fares.rest_until_at or 0) <= now:
            waiting = whose.mine & (Notice.state == "waiting") & (Notice.next_at <= now)
            found += _locked(store, waiting, 1 if fares.failures else AT_ONCE)
        lease = now + lease_of(whose.settings)
        for notice in found:
            notice.claimed_by, notice.next_at, notice.attempts = worker, lease, notice.attempts + 1
        columns = ("claimed_by", "next_at", "attempts")
        bulk.update(store, Notice, columns, [(worker, lease, each.attempts, each.id) for each in found])
    if found:
        failpoint("notice.claimed")
    return found


def _locked(store: Store, condition: Any, most: int) -> list[Any]:
    rows = Notice.select().where(condition).order_by(Notice.next_at, Notice.id).limit(most)
    return list(rows.for_update("FOR UPDATE SKIP LOCKED") if store.postgresql else rows)


def give_up_old(whose: Whose, now: int) -> int:
    """Gives up what waits for longer than the endpoint's days, also while it is paused; says how many that were."""
    over = now - whose.settings.give_up_after_days * DAY
    old = whose.mine & (Notice.state == "waiting") & (Notice.next_at <= over)
    keys = Notice.select(Notice.id).where(old).limit(1_000)
    end: dict[str, Any] = {"state": "given_up", "settled_at": now, "next_at": now, "claimed_by": None}
    gone = int(Notice.update(end).where(Notice.id.in_(keys), Notice.state == "waiting").execute())
    if gone:
        _count(whose, gone)
    return gone


def _count(whose: Whose, gone: int) -> None:
    Endpoint.update(given_up=Endpoint.given_up + gone).where(whose.row).execute()
    where = {"shop": whose.shop, "endpoint": whose.settings.name}
    after_commit(lambda: log.warning("webhooks given up", **where, count=gone))
    after_commit(lambda: tallies.add("webhooks", gone, outcome="given_up"))


def settle(store: Store, whose: Whose, worker: str, told: Told, now: int) -> Any:
    """Writes what became of claimed notices, in one commit; those without an answer were not tried and wait on."""
    with store.transaction():
        before = standing(whose)
        rows = [_row(whose.settings, notice, answer, now) for notice, answer in told]
        live = _still_mine(store, worker, [row[-1] for row in rows])
        columns = ("state", "settled_at", "next_at", "attempts", "status", "error", "claimed_by")
        bulk.update(store, Notice, columns, [row for row in rows if row[-1] in live])
        gone = sum(row[0] == "given_up" and row[-1] in live for row, (each, _) in zip(rows, told, strict=True)
                   if each.state == "waiting")  # fmt: skip
        if gone:
            _count(whose, gone)
        _fare(whose, before, told, now)
        failpoint("notice.settled")
        after = Endpoint.get(whose.row)
    _tell(whose, before, after, told)
    return after


def _still_mine(store: Store, worker: str, keys: Sequence[int]) -> set[int]:
    """Returns those that nobody else has taken meanwhile, and that no erasure has taken away."""
    rows = bulk.fetch(store, Notice, ("id", "claimed_by"), "id", keys, lock=True)
    return {key for key, by in rows if by == worker}


def _row(settings: Settings, notice: Any, answer: Answer | None, now: int) -> tuple[Any, ...]:
    """Returns what is written of one notice: state, settled, next, attempts, status, error, claimed by, id."""
    if answer is None:
        return notice.state, None, now, notice.attempts - 1, notice.status, notice.error, None, notice.id
    if answer.taken:
        return "delivered", now, now, notice.attempts, answer.status, None, None, notice.id
    tired = now - notice.recorded_at >= settings.give_up_after_days * DAY
    if tired or notice.state == "trial":
        return "given_up", now, now, notice.attempts, answer.status, answer.error, None, notice.id
    next_at = now + wait_after(notice.attempts, notice.number)
    return "waiting", None, next_at, notice.attempts, answer.status, answer.error, None, notice.id


def wait_after(attempts: int, number: str = "") -> int:
    """Returns how long one message waits after so many attempts, a little differently for each, so that they spread."""
    wait = min(FIRST_WAIT * 4 ** min(max(attempts, 1) - 1, 12), LONGEST_WAIT)
    return int(wait + wait * (sum(number.encode()) % 16) // 100)


def _fare(whose: Whose, before: Any, told: Told, now: int) -> None:
    """Works out how the endpoint fares now: one that takes something is well, one that fails for long is paused."""
    answers = [(notice, answer) for notice, answer in told if answer is not None]
    taken = [each for each in answers if each[1].taken]
    failed = [each for each in answers if not each[1].taken]
    news: dict[Any, Any] = {
        Endpoint.delivered: Endpoint.delivered + len(taken),
        Endpoint.failed: Endpoint.failed + len(failed),
    }
    if taken:
        last, answer = taken[-1]
        news |= {Endpoint.last_at: now, Endpoint.last_kind: last.kind, Endpoint.took: answer.took}
    if failed:
        news |= {Endpoint.error: failed[-1][1].error, Endpoint.error_at: now}
    if taken:
        news |= {Endpoint.failures: 0, Endpoint.failing_since_at: None, Endpoint.rest_until_at: None}
    real = [answer for notice, answer in failed if notice.state != "trial"]
    rest = max((answer.rest for answer in real), default=0)
    if real and not taken:
        news |= _failing(whose, before, real, now)
    if rest:
        news[Endpoint.rest_until_at] = max(news.get(Endpoint.rest_until_at) or 0, now + rest)
    Endpoint.update(news).where(whose.row).execute()


def _failing(whose: Whose, before: Any, answers: Sequence[Answer], now: int) -> dict[Any, Any]:
    failures = before.failures + 1
    since = before.failing_since_at if before.failing_since_at is not None else now
    rest = 0 if failures < PATIENCE else min(FIRST_REST * 2 ** min(failures - PATIENCE, 20), LONGEST_REST)
    news: dict[Any, Any] = {
        Endpoint.failures: failures, Endpoint.failing_since_at: since, Endpoint.rest_until_at: now + rest
    }  # fmt: skip
    gone = any(answer.status == GONE for answer in answers)
    if before.paused_at is None and (gone or now - since >= whose.settings.pause_after_hours * HOUR):
        news |= {Endpoint.paused_at: now, Endpoint.paused_why: "gone" if gone else "failing"}
        free(whose)
    return news


def free(whose: Whose) -> None:
    """Forgets when each message was to be tried next: a pause counts for all, and its end lets them go at once."""
    tried = whose.mine & (Notice.state == "waiting") & (Notice.attempts > 0) & Notice.claimed_by.is_null()
    Notice.update(next_at=Notice.recorded_at).where(tried).execute()


def _tell(whose: Whose, before: Any, after: Any, told: Told) -> None:
    """Says what came of a batch: no line tells whom it was about, or what the receiver wrote."""
    where = {"shop": whose.shop, "endpoint": whose.settings.name}
    taken = sum(answer is not None and answer.taken for _, answer in told)
    failed = sum(answer is not None and not answer.taken for _, answer in told)
    if taken:
        tallies.add("webhooks", taken, outcome="delivered")
        log.info("webhooks delivered", **where, count=taken)
    if failed:
        tallies.add("webhooks", failed, outcome="failed")
        log.warning("webhooks failed", **where, count=failed, error=after.error)
    if after.paused_at is not None and before.paused_at is None:
        log.error(
            "webhook endpoint paused", **where, why=after.paused_why, error=after.error,
            remedy="mend it, then resume it on the console's page Webhooks; what waits is given up in "
            f"{whose.settings.give_up_after_days} days",
        )  # fmt: skip


def backlog(whose: Whose) -> tuple[int, int | None]:
    """Returns how much waits for an endpoint, and since when the oldest of it."""
    waiting = whose.mine & (Notice.state == "waiting")
    count, first = (
        Notice.select(fn.COUNT(Notice.id), fn.MIN(Notice.recorded_at)).where(waiting).scalar(as_tuple=True)
    )
    return int(count), first
