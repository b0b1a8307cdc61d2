"""What became visible when, read back from the facts: what live is told by a queue that ticks have long emptied.

Most facts are learned in the minute in which they happen, and no tick needs telling: it finds them by their moment. What
was learned later, and what was taken back, is queued for the whole stretch before it begins. Everything else concerns
only customers who have something waiting, and is read day by day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from engine import bulk
from engine.clock import DAY, MINUTE
from engine.matching import compare as sql
from engine.matching.moments import LONGEST_DAYS
from engine.matching.sources import AHEAD, EVENT_KINDS, source
from engine.matching.view import View
from engine.prepared import prepared
from engine.rulebook.ast import FactTrigger
from engine.store import Store
from models import Change, ConsentChange, Event, Line, Message, Order, Refund
from models import Customer as CustomerRow

REDATES = 0  # as intake says it: what is long past is dated or counted anew
COLUMNS = ("shop_id", "customer_id", "at", "recorded_at")
TOLD = ("enters", "leaves")  # what ticks themselves write down


@dataclass(frozen=True, slots=True, order=True)
class News:
    """Something became visible: when, of whom, and when it had happened."""

    recorded_at: int
    customer_id: int
    at: int


def _kept() -> tuple[tuple[Any, Any, Any, Any], ...]:
    """Lists the tables of facts: customer, shop, when it happened, when it was learned."""
    o, line, r, e, c = Order, Line, Refund, Event, ConsentChange
    return (
        (o.customer, o.shop, o.at, o.recorded_at), (o.customer, o.shop, o.delivered_at, o.delivered_recorded_at),
        (line.customer, line.shop, line.at, line.recorded_at), (r.customer, r.shop, r.at, r.recorded_at),
        (e.customer, e.shop, e.at, e.recorded_at), (c.customer, c.shop, c.at, c.recorded_at),
        (CustomerRow.id, CustomerRow.shop, CustomerRow.signed_up_at, CustomerRow.recorded_at),
    )  # fmt: skip


def queue_late(store: Store, shop_id: int, start: int, until: int) -> None:
    """Queues what was learned in (start, until] later than in its own minute, and what was taken back then."""
    rows: set[tuple[int, int, int, int]] = set()
    for customer, shop, at, recorded_at in _kept():
        late = (recorded_at > at) & ((recorded_at + (MINUTE - 1)) / MINUTE > (at + (MINUTE - 1)) / MINUTE)
        known = (shop == shop_id) & (recorded_at > start) & (recorded_at <= until) & customer.is_null(False)
        columns = customer.model.select(customer, at, recorded_at)
        rows |= {(shop_id, *row) for row in columns.where(known & late).tuples()}
    for table, column in (
        (Order, Order.cancelled_recorded_at),
        (Order, Order.void_recorded_at),
        (Line, Line.void_recorded_at),
    ):
        undone = (table.shop == shop_id) & (column > start) & (column <= until)
        rows |= {
            (shop_id, who, REDATES, when)
            for who, when in table.select(table.customer, column).where(undone).tuples()
        }
    bulk.insert(store, Change, COLUMNS, sorted(rows))


def queue_ahead(store: Store, view: View, until: int) -> None:
    """Queues what is known before it happens, where a rule looks so far ahead that its moment has passed by then."""
    triggers = (rule.trigger for rule in view.rules())
    for trigger in (one for one in triggers if isinstance(one, FactTrigger) and one.pattern.kind in AHEAD):
        src, delay = source(trigger.pattern.kind), trigger.delay
        span = int(delay.amount * LONGEST_DAYS[delay.unit] * DAY) if delay and trigger.before else 0
        soon = (
            (src.at <= src.recorded_at + (span + 2 * DAY))
            & (src.recorded_at > view.now)
            & (src.recorded_at <= until)
        )
        rows = src.table.select(src.customer, src.recorded_at).where(
            sql.every([src.shop == view.shop_id, soon, src.condition])
        )
        told = sorted({(view.shop_id, customer, REDATES, at) for customer, at in rows.tuples()})
        bulk.insert(store, Change, COLUMNS, told)


def queue_redated(store: Store, shop_id: int, redated: set[tuple[int, int]]) -> None:
    """Queues the customers whose zone or birthday was changed, as they were when a version of theirs ended."""
    rows = [(shop_id, customer, REDATES, until_at) for until_at, customer in sorted(redated)]
    bulk.insert(store, Change, COLUMNS, rows)


def news_of(shop_id: int, after: int, until: int, moved: Iterable[tuple[int, int]]) -> list[News]:
    """Lists, in order, what became visible in (after, until]: facts, and at `moved` (moment, customer) changed fields."""
    found = {
        News(max(recorded, at), customer, at) for customer, at, recorded in _happened(shop_id, after, until)
    }
    return sorted(found | {News(at, customer, at) for at, customer in moved if at <= until})


def _happened(shop_id: int, after: int, until: int) -> Iterator[tuple[int, int, int]]:
    for ask in (_ordered, _delivered, _refunded, _worded):
        yield from ask(shop_id, after, until)
    for kind in sorted(EVENT_KINDS.difference(TOLD)):
        yield from _did(shop_id, kind, after, until)


@prepared
def _ordered(shop: Any, after: Any, until: Any) -> Any:
    o = Order
    return o.select(o.customer, o.at, o.recorded_at).where(
        (o.shop == shop) & (o.at > after) & (o.at <= until)
    )


@prepared
def _delivered(shop: Any, after: Any, until: Any) -> Any:
    o, at = Order, Order.delivered_at
    return o.select(o.customer, at, o.delivered_recorded_at).where(
        (o.shop == shop) & (at > after) & (at <= until)
    )


@prepared
def _refunded(shop: Any, after: Any, until: Any) -> Any:
    r = Refund
    mine = (r.shop == shop) & (r.at > after) & (r.at <= until) & r.customer.is_null(False)
    return r.select(r.customer, r.at, r.recorded_at).where(mine)


@prepared
def _worded(shop: Any, after: Any, until: Any) -> Any:
    c = ConsentChange  # both words are named, because the index is by them
    mine = (c.shop == shop) & c.granted.in_([True, False]) & (c.at > after) & (c.at <= until)
    return c.select(c.customer, c.at, c.recorded_at).where(mine & c.customer.is_null(False))


@prepared
def _did(shop: Any, kind: Any, after: Any, until: Any) -> Any:
    e = Event
    mine = (e.shop == shop) & (e.kind == kind) & (e.at > after) & (e.at <= until)
    return e.select(e.customer, e.at, e.recorded_at).where(mine & e.customer.is_null(False))


def tell_mails(store: Store, shop_id: int, messages: list[Message], now: int) -> None:
    """Queues that mails have gone, as sending does."""
    rows = sorted({(shop_id, message.customer_id, now, now) for message in messages})
    bulk.insert(store, Change, COLUMNS, rows)
