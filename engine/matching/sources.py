"""Where each kind of fact stands in the store: its table, its moments, and what its filters look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import Expression, Field

from engine.consent.kinds import is_purpose
from models import ConsentChange, Customer, Event, Line, Message, Order, Refund

EVENT_KINDS = frozenset({
    "viewed", "added_to_cart", "searched", "asked", "answered_question", "reviewed", "answered", "complained",
    "complaint_closed", "enters", "leaves", "clicked", "earned_points", "points_expire", "reached_tier", "event",
    "price_dropped", "back_in_stock",
})  # fmt: skip
PREDICTED = frozenset({"birthday", "anniversary"})  # facts whose moment is worked out by the calendar
AHEAD = frozenset({"runs_out", "points_expire"})  # facts that stand in a table before they happen


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of fact as columns of one (aliased) table."""

    kind: str
    table: Any
    at: Field
    recorded_at: Field
    condition: Expression | None  # what makes a row of the table this kind of fact
    customer: Field
    shop: Field
    order: Field | None = None
    product: Field | None = None
    category: Field | None = None
    brand: Field | None = None
    came_from: Field | None = None  # the moment of the fact that this one follows from
    void: bool = False  # may be taken back by a cancellation or a refund

    def of_shop(self, shop_id: Any, some: bool) -> Expression:
        """Says whose facts they are; of some customers, in a way that no index answers.

        Else the planner would read everybody's facts of a stretch, to keep those of a few.
        """
        return (self.shop + 0 if some else self.shop) == shop_id

    def counts(self, known: int) -> Expression | None:
        """Says that the fact has not been taken back, as far as is known."""
        if not self.void:
            return None
        table = self.table
        return table.void_at.is_null() | (table.void_at > known) | (table.void_recorded_at > known)


def source(kind: str) -> Source:
    """Returns a fresh alias of the table that holds this kind of fact."""
    if kind in EVENT_KINDS:
        return _event(kind)
    return {
        "ordered": _ordered, "bought": _bought, "runs_out": _runs_out, "delivered": _delivered,
        "cancelled": _cancelled, "refunded": _refunded, "signed_up": _signed_up, "consented": _consented,
        "withdrew": _withdrew, "was_sent": _was_sent,
    }[kind]()  # fmt: skip


def _ordered() -> Source:
    o = Order.alias()
    return Source("ordered", o, o.at, o.recorded_at, None, o.customer, o.shop, order=o.id, void=True)


def _delivered() -> Source:
    o = Order.alias()
    return Source(
        "delivered",
        o,
        o.delivered_at,
        o.delivered_recorded_at,
        None,
        o.customer,
        o.shop,
        order=o.id,
        void=True,
    )


def _cancelled() -> Source:
    o = Order.alias()
    return Source(
        "cancelled", o, o.cancelled_at, o.cancelled_recorded_at, None, o.customer, o.shop, order=o.id
    )


def _bought() -> Source:
    line = Line.alias()
    return Source(
        "bought", line, line.at, line.recorded_at, None, line.customer, line.shop,
        order=line.order, product=line.product, category=line.category, brand=line.brand, void=True,
    )  # fmt: skip


def _runs_out() -> Source:
    line = Line.alias()
    return Source(
        "runs_out", line, line.runs_out_at, line.runs_out_recorded_at, line.runs_out_at.is_null(False), line.customer,
        line.shop, order=line.order, product=line.product, category=line.category, brand=line.brand, came_from=line.at,
        void=True,
    )  # fmt: skip


def _refunded() -> Source:
    r = Refund.alias()
    return Source("refunded", r, r.at, r.recorded_at, None, r.customer, r.shop, order=r.order)


def _signed_up() -> Source:
    c = Customer.alias()
    return Source("signed_up", c, c.signed_up_at, c.recorded_at, None, c.id, c.shop)


def _consented() -> Source:
    change = ConsentChange.alias()
    yes = (change.granted == True) & is_purpose(change.purpose)  # noqa: E712 - a column, not a truth
    return Source("consented", change, change.at, change.recorded_at, yes, change.customer, change.shop)


def _withdrew() -> Source:
    change = ConsentChange.alias()
    no = (change.granted == False) & is_purpose(change.purpose)  # noqa: E712 - a column, not a truth
    return Source("withdrew", change, change.at, change.recorded_at, no, change.customer, change.shop)


def _was_sent() -> Source:
    m = Message.alias()
    return Source("was_sent", m, m.settled_at, m.settled_at, m.state == "sent", m.customer, m.shop)


def _event(kind: str) -> Source:
    e = Event.alias()
    return Source(
        kind, e, e.at, e.recorded_at, e.kind == kind, e.customer, e.shop,
        order=e.order, product=e.product, category=e.category, brand=e.brand,
    )  # fmt: skip
