"""When rules may fall due in a stretch: every minute that needs a tick, and some in which nothing comes of it.

A fact that is taken back in the middle of a stretch counted until then. So moments are read from all rows there are,
whatever is known of them when; what falls due in a minute is asked in the tick of that minute.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from engine import calendar
from engine.clock import DAY
from engine.matching import compare as sql
from engine.matching.comings import oldest_years, placed_between
from engine.matching.edges import edges
from engine.matching.facts import filter_
from engine.matching.members import changed_membership
from engine.matching.moments import LONGEST_DAYS, anchors_between, due_at, occurrences
from engine.matching.sources import source
from engine.matching.view import View
from engine.rulebook.ast import Every, FactPattern, FactTrigger, Membership, OnDate, Rule
from models import Customer, Order

DEPENDS_ON_WHEN = ("number",)  # which order of the customer's it is, as far as is known then


def due_moments(view: View, after: int, until: int) -> Iterator[int]:
    """Yields when rules may fall due in (after, until], by their anchors alone, and when time changes a watched segment."""
    for rule in view.rules():
        for zone in view.zones():
            if isinstance(rule.trigger, Membership):
                condition = view.rulebook.segments[rule.trigger.segment].condition
                yield from (at for _, at in edges(view, condition, after, until))
            yield from (at for at in _of_rule(view, rule, zone, after, until) if after < at <= until)


def _of_rule(view: View, rule: Rule, zone: str, after: int, until: int) -> Iterator[int]:
    trigger = rule.trigger
    if isinstance(trigger, Every | OnDate):
        return (each.due for each in occurrences(rule, after, until, zone))
    if rule.at is not None:  # once a day, whatever has happened: no need to ask
        return _clock_times(rule.at, zone, after, until)
    if isinstance(trigger, Membership):
        trigger = FactTrigger(changed_membership(trigger))
    if trigger.pattern.kind == "birthday":
        return _birthdays(trigger, zone, after, until)
    if trigger.pattern.kind == "anniversary":
        return _anniversaries(view, trigger, zone, after, until)
    return _stored(view, trigger, zone, after, until)


def _clock_times(minutes: int, zone: str, after: int, until: int) -> Iterator[int]:
    day, last = (calendar.local(at, zone).date() for at in (after, until))
    while day <= last:
        yield calendar.at_clock_time(day, minutes, zone)
        day += timedelta(days=1)


def _birthdays(trigger: FactTrigger, zone: str, after: int, until: int) -> Iterator[int]:
    delay = trigger.delay
    span = int(delay.amount * LONGEST_DAYS[delay.unit] * DAY) + 2 * DAY if delay else 0
    for midnight in _clock_times(0, zone, after - span, until + span):
        yield due_at(trigger, None, midnight, zone)


def _anniversaries(view: View, trigger: FactTrigger, zone: str, after: int, until: int) -> Iterator[int]:
    low, high = anchors_between(trigger, None, after, until, zone)
    for years in range(1, oldest_years(view.scope(zone), high) + 1):
        placed = Order.at.between(*placed_between(low, high, years, zone))
        for (at,) in _there(Order.select(Order.at), Order.customer, Order.shop, view, zone, placed):
            yield due_at(trigger, None, calendar.shift(at, years, "years", zone), zone)


def _stored(view: View, trigger: FactTrigger, zone: str, after: int, until: int) -> Iterator[int]:
    src, scope = source(trigger.pattern.kind), view.scope(zone)
    stretch = src.at.between(*anchors_between(trigger, None, after, until, zone))
    filters = [filter_(src, name, test, scope) for name, test in _lasting(trigger.pattern)]
    rows = src.table.select(src.at).distinct()
    for (at,) in _there(
        rows, src.customer, src.shop, view, zone, sql.every([stretch, src.condition, *filters])
    ):
        yield due_at(trigger, None, at, zone)


def _lasting(pattern: FactPattern) -> Iterator[tuple[str, Any]]:
    return ((name, test) for name, test in pattern.filters if name not in DEPENDS_ON_WHEN)


def _there(rows: Any, customer: Any, shop: Any, view: View, zone: str, where: Any) -> Any:
    """Restricts rows to a shop's customers who live in a zone."""
    lives = Customer.alias()
    joined = rows.join(lives, on=(lives.id == customer)).where(
        (shop == view.shop_id) & (lives.zone == zone) & where
    )
    return joined.tuples()
