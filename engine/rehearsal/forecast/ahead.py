"""The state from which a forecast starts: all that is decided, held, queued and not yet looked at, copied as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from engine import calendar
from engine.clock import whole_minute
from engine.config import Config, ShopConfig
from engine.matching.members import watch_segments, watched
from engine.matching.view import View
from engine.policy.history import Draw
from engine.rehearsal.backtest.play import MADE, Plan, play, whole_days
from engine.rehearsal.backtest.scratch import Scratch
from engine.rulebook.ast import Rulebook
from engine.tick import Speaks
from models import COUNTED_STATES, Change, Cursor, Event, Hold, Member, Message, Setting, Settlement

QUEUED = ("queued", "claimed", "sending", "deferred")


@dataclass(frozen=True, slots=True)
class Ahead(Plan):
    """What is foreseen: a shop's coming days from its last tick on; `acting` says since when each rule acts."""

    acting: Mapping[str, int] = field(default_factory=dict)
    now: int = 0

    def view(self, now: int, postgresql: bool) -> View:
        """Returns the shop at a moment, with the rules that act."""
        return View(self.config, self.shop, self.shop_id, self.rulebook, now, self.acting, postgresql)


def ahead_of(
    config: Config, shop: ShopConfig, shop_id: int, rulebook: Rulebook, acting: Mapping[str, int], now: int, days: int,
    draw: Draw, speaks: Speaks,
) -> Ahead:  # fmt: skip
    """Plans so many of the shop's calendar days, today included, from the last tick on.

    A rule that is not published yet acts from now.
    """
    cursor = Cursor.get_or_none(Cursor.shop == shop_id)
    start = cursor.ticked_at + 1 if cursor is not None and cursor.ticked_at <= now else whole_minute(now)
    first = today(now, shop)
    _, until = whole_days(first, first + timedelta(days=days - 1), shop.timezone)
    since = {rule.id: acting.get(rule.id, now) for rule in rulebook.for_shop(shop.shop)}
    return Ahead(
        config, shop, shop_id, rulebook, start, max(until, start), draw, speaks, acting=since, now=now
    )


def today(now: int, shop: ShopConfig) -> date:
    """Returns the day that it is in the shop."""
    return calendar.local(now, shop.timezone).date()


def foresee(plan: Ahead, scratch: Scratch) -> Iterator[int]:
    """Goes through the coming days in the scratch tables, and yields how many are done."""
    with scratch.store.transaction():
        _begin(plan, scratch)
    yield from play(plan, scratch)


def _begin(plan: Ahead, scratch: Scratch) -> None:
    """Copies what the live server would go on from; every anchor's final decision stays final."""
    scratch.create()
    mine = f"shop_id = {plan.shop_id}"
    members = f"members:{plan.shop_id}:"
    states = ", ".join(f"'{state}'" for state in COUNTED_STATES)
    for table, where in (
        (Message, f"{mine} and state in ({states})"), (Settlement, mine), (Hold, mine), (Change, mine), (Member, mine),
        (Setting, f"substr(name, 1, {len(members)}) = '{members}'"),
    ):  # fmt: skip
        scratch.adopt(table, where)
    view = plan.view(plan.start - 1, scratch.store.postgresql)
    if watched(view):
        scratch.adopt(Event, mine)
        watch_segments(view, view.now, [])
    Cursor.create(shop=plan.shop_id, ticked_at=view.now)
    Setting.create(name=MADE, value={"silent": 0})
    # What is on its way already goes out now; the first minute in which something is decided would date it wrongly.
    waiting = Message.state.in_(QUEUED)
    Message.update(state="sent", settled_at=plan.now, sending_at=plan.now).where(waiting).execute()
