"""Who reached a rule's goal: the fact happened strictly after the mail and within the goal's window.

One meaning for mails that were sent, for customers who were held out, and for the mails of a backtest, which were never
sent: each is a customer and a moment. What was cancelled or refunded by `view.now` does not count.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from peewee import SQL

from engine import calendar
from engine.clock import DAY, HOUR
from engine.matching.facts import fits
from engine.matching.moments import LONGEST_DAYS
from engine.matching.scope import Scope
from engine.matching.sources import Source, source
from engine.matching.view import View, zones_of
from engine.rulebook.ast import Duration, Goal, Rule
from engine.rulebook.vocabulary import BY_THEMSELVES

Shown = tuple[int, int]  # a customer, and the moment from which the goal's window is counted
AT_ONCE = 1_000


def reached(view: View, rule: Rule, shown: Sequence[Shown]) -> list[int | None]:
    """Returns, for each customer and moment in order, when the goal was first reached, or None where it was not.

    It costs one short query for a thousand moments, by the index of each customer's facts. A window that is not over by
    `view.now` may still be reached later: ask `window_ends`.
    """
    found: list[int | None] = [None] * len(shown)
    kind = rule.goal.pattern.kind
    if kind in BY_THEMSELVES:
        return found
    for places, zones in pieces(shown):
        happened = _happened(view, rule.goal, [shown[place] for place in places])
        for place in places:
            customer, since = shown[place]
            found[place] = _first(happened.get(customer, ()), since, rule.goal, zones[customer])
    return found


def pieces(shown: Sequence[Shown]) -> Iterator[tuple[list[int], dict[int, str]]]:
    """Cuts moments into pieces of neighbouring customers; yields the places in `shown`, and the customers' zones."""
    order = sorted(range(len(shown)), key=lambda place: shown[place])
    for start in range(0, len(order), AT_ONCE):
        places = order[start : start + AT_ONCE]
        yield places, zones_of({shown[place][0] for place in places})


def window_ends(goal: Goal, since: int, zone: str) -> int:
    """Returns the last moment that still counts: days and longer are calendar time in the customer's zone."""
    return calendar.shift(since, goal.within.amount, goal.within.unit, zone)


def longest(window: Duration) -> int:
    """Returns a span that no such window exceeds, whatever the clocks and months do."""
    return int(window.amount * LONGEST_DAYS[window.unit] * DAY) + 3 * HOUR


def of_customers(src: Source, customers: Iterable[int], after: int, until: int) -> Any:
    """Says that a fact is one of these customers', in a stretch of time: what an index by customer answers."""
    them = SQL(f"({', '.join(map(str, sorted(set(customers))))})")  # our own whole numbers need no binding
    return src.customer.in_(them) & (src.at > after) & (src.at <= until)


def _first(moments: Sequence[int], since: int, goal: Goal, zone: str) -> int | None:
    """Takes the first moment after `since`, if the window holds it."""
    place = bisect_right(moments, since)
    if place == len(moments) or moments[place] > window_ends(goal, since, zone):
        return None
    return moments[place]


def _happened(view: View, goal: Goal, shown: Sequence[Shown]) -> dict[int, list[int]]:
    """Lists when the goal's fact happened to each customer, in order, over the stretch of all windows."""
    src, scope = source(goal.pattern.kind), scope_of(view)
    since = [at for _, at in shown]
    until = min(max(since) + longest(goal.within), view.now)
    mine = of_customers(src, (customer for customer, _ in shown), min(since), until)
    rows = src.table.select(src.customer, src.at).where(mine & fits(goal.pattern, src, scope, bounded=True))
    found: dict[int, list[int]] = defaultdict(list)
    for customer, at in rows.order_by(src.at).tuples():
        found[customer].append(at)
    return found


def scope_of(view: View) -> Scope:
    """Returns a scope for filters of facts, none of which depends on the zone."""
    return view.scope(view.shop.timezone)
