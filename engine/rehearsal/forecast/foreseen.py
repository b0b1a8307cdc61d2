"""What a forecast came to: mails a day by rule, what is on its way already, and what the policy starves."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

from peewee import fn

from engine import calendar
from engine.rehearsal.backtest.play import silent
from engine.rehearsal.forecast.ahead import QUEUED, Ahead, today
from models import Decision, Hold, Message


@dataclass(slots=True)
class Expected:
    """One rule's coming mails, and what keeps others from going."""

    rule: str
    mails: Counter[str] = field(default_factory=Counter)  # by day of the shop, YYYY-MM-DD
    customers: int = 0
    queued: int = 0  # decided before, on their way now
    refused: Counter[str] = field(default_factory=Counter)  # by reason
    held: Counter[str] = field(default_factory=Counter)  # by reason; a candidate may be held many times
    starved: Counter[str] = field(
        default_factory=Counter
    )  # expired or dropped for want of room, by cap or house rule
    waiting: int = 0  # still held when the forecast ends

    @property
    def sent(self) -> int:
        """Counts its coming mails, those on their way left out."""
        return self.mails.total()


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What is going to be sent in one shop if no customer does anything."""

    shop: str
    days: tuple[str, ...]
    rules: dict[str, Expected]
    silent: int  # due, but nobody has written what to say

    def of_day(self, day: str) -> int:
        """Counts the mails of a day."""
        return sum(one.mails[day] for one in self.rules.values())


def on_their_way(shop_id: int) -> Counter[str]:
    """Counts, by rule, what the live store has decided and not yet sent."""
    m = Message
    mine = (m.shop == shop_id) & m.state.in_(QUEUED)
    return Counter(dict(m.select(m.rule, fn.COUNT(m.id)).where(mine).group_by(m.rule).tuples()))


def foreseen(plan: Ahead, queued: Counter[str]) -> Foreseen:
    """Counts what the scratch tables hold after the last day."""
    rules = {rule.id: Expected(rule.id) for rule in plan.rulebook.for_shop(plan.shop.shop)}
    for rule, number in queued.items():
        rules.setdefault(rule, Expected(rule)).queued = number
    _count_mails(plan, rules)
    _count_stopped(plan, rules)
    first = today(plan.now, plan.shop)
    days = tuple(str(first + timedelta(days=number)) for number in range((plan.last - first).days + 1))
    return Foreseen(plan.shop.shop, days, dict(sorted(rules.items())), silent(plan))


def _count_mails(plan: Ahead, rules: dict[str, Expected]) -> None:
    m = Message
    new = m.decided_at >= plan.start
    rows = m.select(m.rule, m.decided_at, fn.COUNT(m.id)).where(new).group_by(m.rule, m.decided_at)
    for rule, at, number in rows.tuples():
        rules.setdefault(rule, Expected(rule)).mails[_day(plan, at)] += number
    people = m.select(m.rule, fn.COUNT(m.customer.distinct())).where(new).group_by(m.rule)
    for rule, number in people.tuples():
        rules[rule].customers = number


def _day(plan: Ahead, at: int) -> str:
    """Returns the day of a moment; what is made up for a minute that was missed goes out today."""
    found: date = max(calendar.local(at, plan.shop.timezone).date(), today(plan.now, plan.shop))
    return str(found)


def _count_stopped(plan: Ahead, rules: dict[str, Expected]) -> None:
    d = Decision
    rows = d.select(d.rule, d.outcome, d.reason, d.because_of, fn.COUNT(d.id)).where(d.outcome != "send")
    for rule, outcome, reason, because_of, number in rows.group_by(
        d.rule, d.outcome, d.reason, d.because_of
    ).tuples():
        one = rules.setdefault(rule, Expected(rule))
        if outcome == "hold":
            one.held[reason] += number
        elif outcome == "refuse":
            one.refused[reason] += number
        if outcome == "expire" or (reason in ("capped", "grouped") and outcome == "refuse"):
            one.starved[because_of or reason] += number
    for rule, number in Hold.select(Hold.rule, fn.COUNT(Hold.id)).group_by(Hold.rule).tuples():
        rules.setdefault(rule, Expected(rule)).waiting = number
