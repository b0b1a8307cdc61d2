"""A stretch of past days played through: prepared once, then day by day, each day whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from engine import calendar
from engine.config import Config, ShopConfig
from engine.matching.members import watch_segments, watched
from engine.matching.view import View
from engine.policy.compiled import compile_policy
from engine.policy.history import Draw
from engine.rehearsal.backtest.minutes import Steps
from engine.rehearsal.backtest.news import TOLD, queue_ahead, queue_late, queue_redated
from engine.rehearsal.backtest.scratch import Scratch
from engine.rehearsal.backtest.stood import Stood
from engine.rehearsal.simulate import asks_mails
from engine.rulebook.ast import Rulebook
from engine.tick import Speaks
from models import COUNTED_STATES, Cursor, Event, Message, Setting, Settlement

MADE = "backtest"  # the scratch setting that says that it is prepared, and what was counted beside decisions
LAST_MINUTE = 23 * 60 + 59


@dataclass(frozen=True, slots=True)
class Plan:
    """What is tested: one shop, one rulebook, a stretch of time, both ends included."""

    config: Config
    shop: ShopConfig
    shop_id: int
    rulebook: Rulebook
    start: int
    until: int
    draw: Draw
    speaks: Speaks
    at_once: int = 1  # days that are played in one transaction

    @property
    def first(self) -> date:
        """Returns the first day, in the shop's zone."""
        return calendar.local(self.start, self.shop.timezone).date()

    @property
    def last(self) -> date:
        """Returns the last day, in the shop's zone."""
        return calendar.local(self.until, self.shop.timezone).date()

    def days(self) -> Iterator[tuple[int, int]]:
        """Yields each day as (after, until]; whatever happens in a day's last seconds belongs to the next minute."""
        after, day = self.start - 1, self.first
        while after < self.until:
            day += timedelta(days=self.at_once)
            ends = calendar.at_clock_time(day - timedelta(days=1), LAST_MINUTE, self.shop.timezone)
            yield after, min(self.until, ends)
            after = ends

    def view(self, now: int, postgresql: bool) -> View:
        """Returns the shop at a moment, all rules acting since the first day."""
        since = dict.fromkeys(self.rulebook.rules, self.start)
        return View(self.config, self.shop, self.shop_id, self.rulebook, now, since, postgresql)


def whole_days(first: date, last: date, zone: str) -> tuple[int, int]:
    """Returns the first moment and the last minute of some days."""
    return calendar.at_clock_time(first, 0, zone), calendar.at_clock_time(last, LAST_MINUTE, zone)


def play(plan: Plan, scratch: Scratch) -> Iterator[int]:
    """Goes through the days that are still to come, and yields how many are done: at once where it was left off."""
    store, days = scratch.store, list(plan.days())
    stood = Stood(scratch, plan.shop_id)
    with store.transaction():
        prepare(plan, scratch, stood)
    ticked = Cursor.get(Cursor.shop == plan.shop_id).ticked_at
    stood.go_on(ticked, plan.until)
    steps = _steps(plan, scratch, stood)
    for number, (after, until) in enumerate(days, 1):
        if until > ticked:
            with store.transaction():
                steps.day(after, until)
                Cursor.update(ticked_at=until).where(Cursor.shop == plan.shop_id).execute()
                _count_silent(steps)
        yield number


def _steps(plan: Plan, scratch: Scratch, stood: Stood) -> Steps:
    view = plan.view(plan.start - 1, scratch.store.postgresql)
    policy = compile_policy(plan.rulebook.policy)
    asked, watching = asks_mails(plan.rulebook), bool(watched(view))
    return Steps(view, policy, scratch.store, plan.draw, plan.speaks, stood, asked, watching)


def _count_silent(steps: Steps) -> None:
    if steps.silent:
        before = Setting.get(Setting.name == MADE).value["silent"]
        Setting.update(value={"silent": before + steps.silent}).where(Setting.name == MADE).execute()
        steps.silent = 0


def silent(plan: Plan) -> int:
    """Counts what was due but had nothing to say, because nobody had written that issue."""
    return int(Setting.get(Setting.name == MADE).value["silent"])


def prepare(plan: Plan, scratch: Scratch, stood: Stood) -> None:
    """Makes the tables and the state of the first moment: what had been sent before, who was a member, what came late."""
    if scratch.owns("setting"):
        return
    scratch.create()
    _remember_mails(plan, scratch)
    stood.begin(plan.start - 1, plan.until)
    stood.go_on(plan.start - 1, plan.until)
    queue_late(scratch.store, plan.shop_id, plan.start - 1, plan.until)
    queue_redated(scratch.store, plan.shop_id, stood.redated)
    view = plan.view(plan.start - 1, scratch.store.postgresql)
    queue_ahead(scratch.store, view, plan.until)
    if watched(view):
        told = ", ".join(f"'{kind}'" for kind in TOLD)
        scratch.adopt(Event, f"shop_id = {plan.shop_id} and kind not in ({told})")
        watch_segments(view, view.now, [])  # who is a member from the beginning has not entered
    Cursor.create(shop=plan.shop_id, ticked_at=view.now)
    Setting.create(name=MADE, value={"silent": 0})


def _remember_mails(plan: Plan, scratch: Scratch) -> None:
    """Copies the mails decided before the first day: they count against caps and `once`, and series go on from them."""
    states = ", ".join(f"'{state}'" for state in COUNTED_STATES)
    scratch.adopt(Message, f"shop_id = {plan.shop_id} and decided_at < {plan.start} and state in ({states})")
    mine = f"shop_id = {plan.shop_id} and at < {plan.start}"
    scratch.adopt(Settlement, f"{mine} and message_id in (select id from {scratch.own}.message)")


def only(rulebook: Rulebook, rule: str | None) -> Rulebook:
    """Leaves one rule of a rulebook with its whole policy; None leaves all."""
    if rule is None:
        return rulebook
    return replace(rulebook, rules={id_: one for id_, one in rulebook.rules.items() if id_ == rule})
