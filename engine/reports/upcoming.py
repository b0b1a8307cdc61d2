"""What goes out next: mails that wait, candidates that are held, and the coming moments of `every` and `date`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import SQL, fn

from engine.clock import MINUTE
from engine.config import ShopConfig
from engine.matching.moments import next_occurrence
from engine.rulebook.ast import Every, OnDate, Rulebook
from models import OPEN_STATES, Hold, Message, RuleState

MOST = 9


@dataclass(frozen=True, slots=True)
class Coming:
    """So many of one rule at one minute. `kind` is queued, held or moment; a moment's customers are asked only then."""

    at: int
    kind: str
    rule: str
    count: int | None = None
    reason: str | None = None
    because_of: str | None = None


def upcoming(shop_id: int, shop: ShopConfig, book: Rulebook, now: int) -> list[Coming]:
    """Lists the next sends, the earliest first."""
    found = [*_queued(shop_id, now), *_held(shop_id), *_moments(shop_id, shop, book, now)]
    return sorted(found, key=lambda coming: (coming.at, coming.rule))[:MOST]


def _minute(moment: Any) -> Any:
    """Numbers an instant's minute; the divisor stands in the SQL, so that SELECT and GROUP BY say the same."""
    return moment / SQL(str(MINUTE))


def _queued(shop_id: int, now: int) -> list[Coming]:
    minute = _minute(Message.not_before_at)
    waits = (Message.shop == shop_id) & Message.state.in_(OPEN_STATES) & (Message.not_before_at > now)
    rows = (
        Message.select(minute, Message.rule, fn.COUNT(Message.id)).where(waits).group_by(minute, Message.rule)
    )
    found = rows.order_by(minute, Message.rule).limit(MOST).tuples()
    return [Coming(number * MINUTE, "queued", rule, count) for number, rule, count in found]


def _held(shop_id: int) -> list[Coming]:
    minute = _minute(Hold.wake_at)
    what = (Hold.rule, Hold.reason, Hold.because_of)
    rows = Hold.select(minute, *what, fn.COUNT(Hold.id)).where(Hold.shop == shop_id).group_by(minute, *what)
    found = rows.order_by(minute, Hold.rule).limit(MOST).tuples()
    return [Coming(number * MINUTE, "held", rule, n, why, because) for number, rule, why, because, n in found]


def _moments(shop_id: int, shop: ShopConfig, book: Rulebook, now: int) -> list[Coming]:
    """Works out the next moment of each rule that goes by the calendar, in the shop's zone."""
    resting = RuleState.select(RuleState.rule).where((RuleState.shop == shop_id) & (RuleState.paused == True))  # noqa: E712
    paused = {rule for (rule,) in resting.tuples()}
    found = []
    for rule in book.for_shop(shop.shop):
        if isinstance(rule.trigger, Every | OnDate) and rule.id not in paused:
            at = next_occurrence(rule, now, shop.timezone)
            found += [Coming(at, "moment", rule.id)] if at is not None else []
    return found
