"""What a backtest came to: mails a day, refusals, what waits, and who then reached the goal."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date

from peewee import fn

from engine import calendar
from engine.feedback.goals import reached, window_ends
from engine.matching.view import View, zones_of
from engine.policy.holdout import held_out
from engine.rehearsal.backtest.play import Plan, silent
from engine.rehearsal.backtest.scratch import Scratch
from engine.rulebook.ast import Rule
from models import Decision, Hold, Message

TENTH = 10  # per cent


@dataclass(slots=True)
class Reached:
    """How many of some customers' mails were followed by the goal; `open` are those whose window is not over yet."""

    mails: int = 0
    reached: int = 0
    open: int = 0

    @property
    def share(self) -> float | None:
        """Returns the share of those whose window is over; None where there are none."""
        over = self.mails - self.open
        return self.reached / over if over else None


@dataclass(slots=True)
class Tested:
    """One rule's outcome."""

    rule: str
    mails: Counter[str] = field(default_factory=Counter)  # by day of the shop, YYYY-MM-DD
    customers: set[int] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)  # by reason
    held: Counter[str] = field(default_factory=Counter)  # by reason; a candidate may be held many times
    expired: int = 0
    waiting: int = 0  # still held at the end
    nine: Reached = field(default_factory=Reached)
    tenth: Reached = field(default_factory=Reached)

    @property
    def sent(self) -> int:
        """Counts its mails."""
        return self.mails.total()


@dataclass(slots=True)
class Outcome:
    """What one rulebook came to in one shop."""

    shop: str
    version: str
    first: date
    last: date
    rules: dict[str, Tested]
    silent: int


def outcome(plan: Plan, scratch: Scratch, now: int) -> Outcome:
    """Counts what the scratch tables hold; goals are looked for in the facts up to `now`."""
    rules = {rule.id: Tested(rule.id) for rule in plan.rulebook.for_shop(plan.shop.shop)}
    _count_decisions(plan, rules)
    shown = _count_mails(plan, rules)
    view = plan.view(now, scratch.store.postgresql)
    for id_, tested in rules.items():
        _count_goals(view, plan, plan.rulebook.rules[id_], tested, shown[id_])
    return Outcome(plan.shop.shop, plan.rulebook.digest, plan.first, plan.last, rules, silent(plan))


def _count_decisions(plan: Plan, rules: dict[str, Tested]) -> None:
    d = Decision
    counted = d.select(d.rule, d.outcome, d.reason, fn.COUNT(d.id)).where(d.at >= plan.start)
    for rule, result, reason, number in counted.group_by(d.rule, d.outcome, d.reason).tuples():
        tested = rules[rule]
        if result == "refuse":
            tested.refused[reason] = number
        elif result == "hold":
            tested.held[reason] = number
        elif result == "expire":
            tested.expired = number
    for rule, number in Hold.select(Hold.rule, fn.COUNT(Hold.id)).group_by(Hold.rule).tuples():
        rules[rule].waiting = number


def _count_mails(plan: Plan, rules: dict[str, Tested]) -> dict[str, list[tuple[int, int]]]:
    """Counts mails by day and returns, by rule, who was mailed when."""
    shown: dict[str, list[tuple[int, int]]] = defaultdict(list)
    days: dict[int, str] = {}
    rows = Message.select(Message.rule, Message.customer, Message.decided_at).where(
        Message.decided_at >= plan.start
    )
    for rule, customer, at in rows.tuples().iterator():
        if at not in days:
            days[at] = f"{calendar.local(at, plan.shop.timezone):%Y-%m-%d}"
        rules[rule].mails[days[at]] += 1
        rules[rule].customers.add(customer)
        shown[rule].append((customer, at))
    return shown


def _count_goals(view: View, plan: Plan, rule: Rule, tested: Tested, shown: list[tuple[int, int]]) -> None:
    """Splits who was mailed, or would have been but for a holdout, by the draw that a holdout of a tenth would make."""
    d = Decision
    out = (d.rule == rule.id) & (d.outcome == "refuse") & (d.reason == "holdout") & (d.at >= plan.start)
    shown = shown + [tuple(row) for row in d.select(d.customer, d.at).where(out).tuples()]
    zones = zones_of({customer for customer, _ in shown})
    for (customer, at), first in zip(shown, reached(view, rule, shown), strict=True):
        tenth = held_out(plan.draw.key, rule.id, str(customer), max(TENTH, rule.holdout))
        group = tested.tenth if tenth else tested.nine
        group.mails += 1
        if first is not None:
            group.reached += 1
        elif window_ends(rule.goal, at, zones[customer]) > view.now:
            group.open += 1
