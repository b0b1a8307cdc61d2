"""What a rule's mails led to, beside what those did whom it never mails: whole groups in a few queries a thousand mails.

Mails are counted by themselves. Groups are compared by customers, each once and from the first moment of the stretch: a
customer who is held out again and again is one customer, as is one who gets ten mails. Only customers whose window is
over can be compared; the others are told as open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from peewee import fn

from engine.feedback.goals import Shown, longest, of_customers, pieces, reached, scope_of, window_ends
from engine.matching.facts import ANY_ORDER, fits
from engine.matching.sources import source
from engine.matching.view import View
from engine.rulebook.ast import Rule
from models import Decision, Message, Refund

MOST = 20_000  # mails that are looked at one by one: a page must not wait for a million


@dataclass(slots=True)
class Group:
    """Those who were treated alike: mailed, mailed with one variant, or held out."""

    shown: int = 0  # mails that were sent, or minutes in which one would have been
    led: int = 0  # of these, how many led to the goal within its window
    customers: int = 0  # whose window is over
    successes: int = 0  # of these, how many reached the goal
    revenue_minor: int = 0  # what the orders of these came to within the window, less refunds
    open: int = 0  # customers whose window is not over


@dataclass(frozen=True, slots=True)
class Results:
    """What came of one rule in a stretch; `variants` only where mails had one."""

    mailed: Group
    held_out: Group
    variants: dict[str, Group] = field(default_factory=dict)
    every: int = 1  # customers looked at: 1 is each, 10 every tenth
    sent: int = 0  # mails, whether looked at or not
    returned: dict[str, int] = field(default_factory=dict)  # of these, how many came back, and as what


@dataclass(frozen=True, slots=True)
class _Moment:
    """One mail, or one minute in which a mail would have gone but for the holdout."""

    customer: int
    at: int
    variant: str | None = None


def results(view: View, rule: Rule, since: int, until: int, most: int = MOST) -> Results:
    """Returns what came of a rule in [since, until), with the knowledge of `view.now`."""
    sent, would = _sent(view, rule, since, until), _would(view, rule, since, until)
    count = Message.select().where(sent).count()
    every = max(1, -(-count // most))
    mails = _moments(
        Message.select(Message.customer, Message.settled_at, Message.variant).where(sent), Message, every
    )
    held = _moments(Decision.select(Decision.customer, Decision.at).where(would).distinct(), Decision, every)
    told = _told(view, rule, mails)
    names = sorted({mail.variant for mail in mails if mail.variant is not None})
    return Results(
        _group(told),
        _group(_told(view, rule, held)),
        {name: _group([one for one in told if one.moment.variant == name]) for name in names},
        every,
        count,
        _returned(sent),
    )


def _returned(sent: Any) -> dict[str, int]:
    """Counts what came back of the mails of a stretch: hard, soft, policy, spam_report."""
    came_back = Message.select(Message.returned, fn.COUNT(1)).where(sent & Message.returned.is_null(False))
    return dict(came_back.group_by(Message.returned).order_by(Message.returned).tuples())


def _sent(view: View, rule: Rule, since: int, until: int) -> Any:
    """Says which mails of the rule were sent in the stretch, by the index of their moments."""
    mine = (Message.shop == view.shop_id) & (Message.rule == rule.id) & (Message.state == "sent")
    return mine & (Message.settled_at >= since) & (Message.settled_at < until)


def _would(view: View, rule: Rule, since: int, until: int) -> Any:
    """Says when a mail would have gone but for the holdout; anchors of one minute would have been one mail."""
    mine = (Decision.shop == view.shop_id) & (Decision.rule == rule.id) & (Decision.reason == "holdout")
    return mine & (Decision.at >= since) & (Decision.at < until) & (Decision.outcome == "refuse")


def _moments(rows: Any, table: Any, every: int) -> list[_Moment]:
    """Reads moments; a customer's number says nothing about the customer, so every tenth of them are like the rest."""
    whole = (
        table.customer / every * every
    )  # a % of its own would be a placeholder to one driver, LIKE to the other
    some = rows.where(table.customer == whole) if every > 1 else rows
    return [_Moment(*row) for row in some.tuples()]


# --- what became of each --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Told:
    """A moment and what followed; `first` is the customer's first of the stretch, by which groups are compared."""

    moment: _Moment
    reached: bool
    first: bool
    over: bool
    revenue_minor: int


def _told(view: View, rule: Rule, moments: Sequence[_Moment]) -> list[_Told]:
    shown = [(moment.customer, moment.at) for moment in moments]
    firsts = _firsts(shown)
    ends = _ends(rule, [shown[place] for place in firsts])
    paid = _revenue(view, rule, [shown[place] for place in firsts], ends)
    over = dict(zip(firsts, (end < view.now for end in ends), strict=True))
    money = dict(zip(firsts, paid, strict=True))
    return [
        _Told(moment, at is not None, place in over, over.get(place, False), money.get(place, 0))
        for place, (moment, at) in enumerate(zip(moments, reached(view, rule, shown), strict=True))
    ]


def _firsts(shown: Sequence[Shown]) -> list[int]:
    """Returns the places of each customer's first moment."""
    first: dict[int, int] = {}
    for place, (customer, at) in enumerate(shown):
        if customer not in first or at < shown[first[customer]][1]:
            first[customer] = place
    return list(first.values())


def _ends(rule: Rule, shown: Sequence[Shown]) -> list[int]:
    found = [0] * len(shown)
    for places, zones in pieces(shown):
        for place in places:
            customer, at = shown[place]
            found[place] = window_ends(rule.goal, at, zones[customer])
    return found


def _revenue(view: View, rule: Rule, shown: Sequence[Shown], ends: Sequence[int]) -> list[int]:
    """Sums what each customer's orders within the window came to, whatever was bought, in minor units."""
    found = [0] * len(shown)
    for places, _ in pieces(shown):
        orders = _orders(view, rule, [shown[place] for place in places])
        for place in places:
            customer, since = shown[place]
            found[place] = sum(paid for at, paid in orders[customer] if since < at <= ends[place])
    return found


def _orders(view: View, rule: Rule, shown: Sequence[Shown]) -> dict[int, list[tuple[int, int]]]:
    src, scope = source("ordered"), scope_of(view)
    since = [at for _, at in shown]
    until = min(max(since) + longest(rule.goal.within), view.now)
    mine = of_customers(src, (customer for customer, _ in shown), min(since), until)
    rows = src.table.select(src.customer, src.at, _paid(src.table, view.now))
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for customer, at, paid in rows.where(mine & fits(ANY_ORDER, src, scope, bounded=True)).tuples():
        found[customer].append((at, int(paid)))
    return found


def _paid(order: Any, now: int) -> Any:
    """An order's total less what was given back of it."""
    refund = Refund.alias()
    known = (refund.order == order.id) & (refund.at <= now) & (refund.recorded_at <= now)
    return order.total_minor - fn.COALESCE(refund.select(fn.SUM(refund.amount_minor)).where(known), 0)


def _group(told: Iterable[_Told]) -> Group:
    group = Group()
    for one in told:
        group.shown += 1
        group.led += one.reached
        if one.first and one.over:
            group.customers += 1
            group.successes += one.reached
            group.revenue_minor += one.revenue_minor
        elif one.first:
            group.open += 1
    return group
