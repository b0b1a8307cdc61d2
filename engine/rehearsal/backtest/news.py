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
from engine.clock import MINUTE
from engine.matching.sources import EVENT_KINDS
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
    o, r, e, c = Order, Refund, Event, ConsentChange
    plain = ((o, o.at, o.recorded_at), (o, o.delivered_at, o.delivered_recorded_at), (r, r.at, r.recorded_at))
    for table, at, recorded_at in plain:
        mine = (table.shop == shop_id) & (at > after) & (at <= until)
        yield from (
            table.select(table.customer, at, recorded_at).where(mine & table.customer.is_null(False)).tuples()
        )
    for kind in sorted(EVENT_KINDS.difference(TOLD)):
        mine = (e.shop == shop_id) & (e.kind == kind) & (e.at > after) & (e.at <= until)
        yield from e.select(e.customer, e.at, e.recorded_at).where(mine & e.customer.is_null(False)).tuples()
    for yes in (True, False):
        mine = (c.shop == shop_id) & (c.granted == yes) & (c.at > after) & (c.at <= until)
        yield from c.select(c.customer, c.at, c.recorded_at).where(mine & c.customer.is_null(False)).tuples()


def tell_mails(store: Store, shop_id: int, messages: list[Message], now: int) -> None:
    """Queues that mails have gone, as sending does."""
    rows = sorted({(shop_id, message.customer_id, now, now) for message in messages})
    bulk.insert(store, Change, COLUMNS, rows)
