"""Work that is later than it should be: ticks, mail, leases; a relay that takes nothing; mails that nobody knows of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from peewee import fn

from engine.clock import DAY, MINUTE
from engine.config import Config
from engine.config_sending import Pace, Refusals, Watchdog
from engine.outbox.away import away_now
from engine.outbox.blot import blot
from engine.outbox.claim import TRANSACTIONAL
from engine.outbox.domains import GROUPS
from engine.outbox.pace import read_buckets
from engine.outbox.pauses import ALL, read_pauses
from engine.outbox.refusals import paused_by_itself, piled_up
from engine.reports.trouble import Trouble
from models import Cursor, Message, RuleState

NOT_BEGUN = ("queued", "claimed")
LEASE_GRACE = 2 * MINUTE  # whoever lives takes leases back within one
AWAY_AFTER = 5 * MINUTE  # a relay that was started anew is no news
PUT_OFF, TAKES_NOTHING = (
    20,
    15 * MINUTE,
)  # so many mails put off and none taken in so long is a relay that fails
UNKNOWN_WINDOW = 30 * DAY


def late(shop_id: int, now: int, config: Config | None = None) -> Iterator[Trouble]:
    """Yields what is late in one shop, the gravest first, by the limits of config.yaml or else by their defaults."""
    limits, pace = (config.watchdog, config.pace) if config else (Watchdog(), Pace())
    yield from _clock(shop_id, now - limits.tick_minutes * MINUTE)
    yield from _relay(shop_id, now)
    yield from _waiting(shop_id, now, limits, pace)
    yield from _leases(shop_id, now)


def _clock(shop_id: int, since: int) -> Iterator[Trouble]:
    cursor = Cursor.get_or_none(Cursor.shop == shop_id)
    if cursor is not None and cursor.ticked_at < since:
        yield Trouble("clock", at=cursor.ticked_at)


def _relay(shop_id: int, now: int) -> Iterator[Trouble]:
    """Names machines that cannot reach the relay, and a relay that is reached and takes nothing."""
    for away in away_now(now):
        if now - away.since_at >= AWAY_AFTER:
            yield Trouble("relay", what=away.machine, detail=away.why, at=away.since_at)
    put_off = Message.select(Message.reply).where((Message.shop == shop_id) & (Message.state == "deferred"))
    replies = [reply for (reply,) in put_off.limit(PUT_OFF).tuples()]
    lately = (
        (Message.shop == shop_id) & (Message.settled_at > now - TAKES_NOTHING) & (Message.state == "sent")
    )
    if len(replies) == PUT_OFF and not Message.select(Message.id).where(lately).exists():
        yield Trouble("relay", PUT_OFF, detail=blot(replies[-1] or ""))


def _waiting(shop_id: int, now: int, limits: Watchdog, pace: Pace) -> Iterator[Trouble]:
    """Counts mail that nothing holds back and that has not gone: neither a pause nor the pace of its group."""
    pauses = read_pauses()
    if ALL in pauses.purposes:
        return
    mine = (Message.shop == shop_id) & pauses.let_through()
    since = now - limits.order_minutes * MINUTE
    fresh = (Message.state << NOT_BEGUN) & (Message.decided_at < since)
    put_off = (Message.state == "deferred") & (Message.not_before_at < since)
    yield from _counted("orders", mine & (Message.purpose == TRANSACTIONAL) & (fresh | put_off))
    still = [group for group, bucket in read_buckets(pace, now).items() if not bucket.moving]
    others = (Message.purpose != TRANSACTIONAL) & (Message.domain_group << (still or GROUPS[:0]))
    due = (Message.state << (*NOT_BEGUN, "deferred")) & (
        Message.not_before_at < now - limits.mail_minutes * MINUTE
    )
    if still:
        yield from _counted("overdue", mine & others & due)


def _counted(kind: str, condition: Any) -> Iterator[Trouble]:
    count, at = Message.select(fn.COUNT(Message.id), fn.MIN(Message.decided_at)).where(condition).tuples()[0]
    if count:
        yield Trouble(kind, count, at=at)


def _leases(shop_id: int, now: int) -> Iterator[Trouble]:
    """Counts what dead workers still hold."""
    held = (Message.state << ("claimed", "sending")) & (Message.lease_until_at < now - LEASE_GRACE)
    count = Message.select().where((Message.shop == shop_id) & held).count()
    if count:
        yield Trouble("leases", count)


def refused(shop_id: int, now: int, limits: Refusals | None) -> Iterator[Trouble]:
    """Names rules that were paused because receivers refuse their mails, and those about orders, which go on."""
    for act in paused_by_itself(shop_id):
        found = act.detail
        yield Trouble("refusals", found["refused"], act.what, found["reply"], act.at)
    acting = (RuleState.shop == shop_id) & (RuleState.paused == False) & (RuleState.active == True)  # noqa: E712
    for (rule,) in RuleState.select(RuleState.rule).where(acting).order_by(RuleState.rule).tuples():
        piled = piled_up(shop_id, rule, limits, now) if limits else None
        if piled:
            yield Trouble("refusals", piled.refused, rule, piled.reply)


def unknown(shop_id: int, now: int, window: int = UNKNOWN_WINDOW) -> Iterator[Trouble]:
    """Counts mails of which nobody can tell whether they arrived."""
    recent = (Message.state == "unknown") & (Message.decided_at > now - window)
    count = Message.select().where((Message.shop == shop_id) & recent).count()
    if count:
        yield Trouble("unknown", count)
