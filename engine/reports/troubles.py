"""What somebody should look at: broken rules, a clock that stands, mail that is stuck or uncertain."""

from __future__ import annotations

from dataclasses import dataclass

from peewee import fn

from engine.clock import DAY, MINUTE
from engine.loyalty.pools import empty_pools
from engine.outbox.pauses import PREFIX
from engine.policy.brake import BRAKED
from models import Cursor, Hold, Message, RuleState, Setting

LATE_AFTER = 15 * MINUTE
UNKNOWN_WINDOW = 30 * DAY


@dataclass(frozen=True, slots=True)
class Trouble:
    """One warning: `kind` is broken, braked, clock, paused, coupons, overdue or unknown; `what` names the rule or the pool.

    `detail` is a rule's error.
    """

    kind: str
    count: int = 1
    what: str = ""
    detail: str = ""
    at: int | None = None


def troubles(shop_id: int, now: int) -> list[Trouble]:
    """Lists the warnings, the gravest first; empty when all is well."""
    return [
        *_broken(shop_id),
        *_braked(shop_id),
        *_clock(shop_id, now),
        *_paused(),
        *_coupons(shop_id),
        *_overdue(shop_id, now),
        *_unknown(shop_id, now),
    ]


def _broken(shop_id: int) -> list[Trouble]:
    rows = (
        RuleState.select()
        .where((RuleState.shop == shop_id) & (RuleState.health == "broken"))
        .order_by(RuleState.rule)
    )
    return [Trouble("broken", what=row.rule, detail=row.error or "") for row in rows]


def _braked(shop_id: int) -> list[Trouble]:
    """Names the rules that wanted more mails than usual and wait for a person's word."""
    acting = (RuleState.shop == shop_id) & (RuleState.active == True)  # noqa: E712 - a column
    rows = RuleState.select().where(acting & RuleState.braked_at.is_null(False)).order_by(RuleState.rule)
    waiting = dict(
        Hold.select(Hold.rule, fn.COUNT(Hold.id))
        .where((Hold.shop == shop_id) & (Hold.reason == BRAKED))
        .group_by(Hold.rule)
        .tuples()
    )
    return [Trouble("braked", waiting.get(row.rule, 0), what=row.rule, at=row.braked_at) for row in rows]


def _clock(shop_id: int, now: int) -> list[Trouble]:
    cursor = Cursor.get_or_none(Cursor.shop == shop_id)
    late = cursor is not None and cursor.ticked_at < now - LATE_AFTER
    return [Trouble("clock", at=cursor.ticked_at)] if late else []


def _paused() -> list[Trouble]:
    """Names the purposes whose mail an operator has stopped; a paused rule shows on its own page."""
    names = (
        Setting.select(Setting.name, Setting.value)
        .where(Setting.name.startswith(PREFIX))
        .order_by(Setting.name)
    )
    return [Trouble("paused", what=name.removeprefix(PREFIX)) for name, value in names.tuples() if value]


def _coupons(shop_id: int) -> list[Trouble]:
    """Names the pools that had no code for a mail, so that it was not sent."""
    return [Trouble("coupons", what=pool, at=at) for pool, at in sorted(empty_pools(shop_id).items())]


def _overdue(shop_id: int, now: int) -> list[Trouble]:
    waiting = Message.state.in_(("queued", "deferred", "claimed")) & (
        Message.not_before_at < now - LATE_AFTER
    )
    count = Message.select().where((Message.shop == shop_id) & waiting).count()
    return [Trouble("overdue", count)] if count else []


def _unknown(shop_id: int, now: int) -> list[Trouble]:
    recent = (Message.state == "unknown") & (Message.decided_at > now - UNKNOWN_WINDOW)
    count = Message.select().where((Message.shop == shop_id) & recent).count()
    return [Trouble("unknown", count)] if count else []
