"""Writes orders as they have settled: only rows that differ, all of one kind at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engine import bulk
from engine.intake.accepting import REDATES, Intake
from engine.intake.known import CONTENT, DELETED, FATE, GOODS, SETTLED, SUPPLY, Known, KnownLine, Row
from engine.intake.settle import Settled, settle
from engine.intake.supplies import NEVER, Supply, supply
from engine.intake.visits.giving import join_visitors
from models import Event, Line, Order, OrderVersion, Refund, RefundLine

ORDER = ("customer_id", *CONTENT, *SETTLED)
CUSTOMER, AT, DELIVERED, CANCELLED, VOID = (
    ORDER.index(name) for name in ("customer_id", "at", "delivered_at", "cancelled_at", "void_at")
)
LINE = ("customer_id", "at", *GOODS, *FATE, *SUPPLY)
VERSION = (
    "order_id",
    "updated_at",
    "status",
    "shipped_at",
    "delivered_at",
    "cancelled_at",
    "recorded_at",
    "digest",
)


@dataclass(slots=True)
class Rows:
    """What is to be written, by kind."""

    orders: list[Row] = field(default_factory=list)
    order_updates: list[Row] = field(default_factory=list)
    versions: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    line_updates: list[Row] = field(default_factory=list)
    lines_gone: list[int] = field(default_factory=list)
    refunds: list[Row] = field(default_factory=list)


def write_orders(intake: Intake, orders: Sequence[Known], merged: dict[int, int]) -> None:
    """Settles the orders and writes what changed; `merged` maps guests to the customers they turned out to be."""
    fresh = [order for order in orders if order.new]
    for order, number in zip(fresh, bulk.allocate(intake.store, Order, len(fresh)), strict=True):
        order.id = number
    waiting = _events_waiting(intake, fresh)
    rows = Rows()
    for order in orders:
        _rename(order, merged)
        _collect(intake, rows, order)
    _write(intake, rows)
    if fresh:
        _join_events(intake, {order.external_id: order.id for order in fresh}, waiting)
        buyers = {f"order:{order.external_id}": order.buyer.true.id for order in fresh if order.buyer}
        join_visitors(intake, buyers, "order")
    _link_refund_lines(intake, [order for order in orders if order.refunds])


def _rename(order: Known, merged: dict[int, int]) -> None:
    """Follows the merging of customers, which has rewritten the rows already."""
    order.customer_id = merged.get(order.customer_id, order.customer_id)
    for line in order.lines.values():
        line.customer_id = merged.get(line.customer_id, line.customer_id)


def _collect(intake: Intake, rows: Rows, order: Known) -> None:
    settled = settle(order.versions, order.pieces(), order.total_minor, order.refunds)
    before = (order.customer_id, *order.content, *order.settled)
    customer = order.buyer.true.id if order.buyer else order.customer_id
    content = order.fresh_content or order.content
    if DELETED in order.digests:
        content = order.stamped(content)
    after = (customer, *content, settled.shipped[0], *settled.delivered, *settled.cancelled, *settled.void)
    if order.new:
        rows.orders.append((order.id, intake.shop_id, order.external_id, order.recorded_at, *after))
    elif before != after:
        rows.order_updates.append((*after, order.id))
    rows.versions += [
        (
            order.id,
            v.updated_at,
            v.status,
            v.shipped_at,
            v.delivered_at,
            v.cancelled_at,
            v.recorded_at,
            digest,
        )
        for v, digest in zip(
            order.versions[order.stored_versions :], order.digests[order.stored_versions :], strict=True
        )
    ]
    lines_changed = _collect_lines(intake, rows, order, customer, content[0], settled)
    _collect_refunds(rows, order, customer, settled)
    if order.new or lines_changed or before != after:
        intake.changes.update(_visible(order, before, after))


def _collect_lines(
    intake: Intake, rows: Rows, order: Known, customer: int, at: int, settled: Settled
) -> bool:
    """Compares the lines that are with those that should be."""
    goods = (
        order.fresh_goods
        if order.fresh_goods is not None
        else {p: line.goods for p, line in order.lines.items()}
    )
    counts = len(rows.lines), len(rows.line_updates), len(rows.lines_gone)
    for product, row in goods.items():
        line = order.lines.get(product)
        fate = settled.lines[product]
        wanted = (customer, at, *row, *fate, *_supply(intake, order, product, line, (at, row[5], fate[0])))
        if line is None:
            rows.lines.append((intake.shop_id, order.id, intake.learned(at), *wanted))
        elif (line.customer_id, line.at, *line.goods, *line.fate, *line.supply) != wanted:
            rows.line_updates.append((*wanted, line.id))
    rows.lines_gone += [line.id for product, line in order.lines.items() if product not in goods]
    return counts != (len(rows.lines), len(rows.line_updates), len(rows.lines_gone))


def _supply(
    intake: Intake, order: Known, product: str, line: KnownLine | None, said: tuple[int, int, int]
) -> Supply:
    """Says when a line runs out; an order that says nothing new of its lines leaves them as they are."""
    if order.buyer is None:
        return line.supply if line else NEVER
    days = order.lasting.get(product)
    if days is None:
        return NEVER
    zone, since = order.buyer.true.fields["zone"], line.supply[1] if line else None
    at, quantity, refunded = said
    return supply(at, days, quantity, refunded, zone, since, intake.learned(line.recorded_at if line else at))


def _collect_refunds(rows: Rows, order: Known, customer: int, settled: Settled) -> None:
    for external_id, *joined in order.refunds_joined:
        wanted = (order.id, customer, settled.amounts[external_id])
        if tuple(joined) != wanted:
            rows.refunds.append((*wanted, order.refund_ids[external_id]))


def _visible(order: Known, before: Row, after: Row) -> set[tuple[int, int]]:
    """Says what ticks must look at: the order's own moment, its delivery, and whatever un-happened or moved in time."""
    customer, at, delivered_at = after[CUSTOMER], after[AT], after[DELIVERED]
    changes = {(customer, at)}
    if delivered_at is not None and (order.new or before[DELIVERED] != delivered_at):
        changes.add((customer, delivered_at))
    undone = order.new or any(before[place] != after[place] for place in (CANCELLED, VOID))
    moved = not order.new and any(before[place] != after[place] for place in (CUSTOMER, AT))
    if moved or (undone and (not order.new or after[VOID] is not None)) or order.refunds:
        changes.add((customer, REDATES))
    if moved and before[CUSTOMER]:
        changes.add((before[CUSTOMER], REDATES))
    return changes


def _write(intake: Intake, rows: Rows) -> None:
    store = intake.store
    if rows.lines_gone:  # a refund outlives its line, which may come back with a later version
        RefundLine.update(line=None).where(RefundLine.line.in_(rows.lines_gone)).execute()
    with bulk.pipelined(store):
        bulk.insert(store, Order, ("id", "shop_id", "external_id", "recorded_at", *ORDER), rows.orders)
        bulk.update(store, Order, ORDER, rows.order_updates)
        bulk.insert(store, OrderVersion, VERSION, rows.versions)
        bulk.delete(store, Line, "id", rows.lines_gone)
        bulk.update(store, Line, LINE, rows.line_updates)
        bulk.insert(store, Line, ("shop_id", "order_id", "recorded_at", *LINE), rows.lines)
        bulk.update(store, Refund, ("order_id", "customer_id", "amount_minor"), rows.refunds)


def _events_waiting(intake: Intake, orders: Sequence[Known]) -> list[Row]:
    """Returns the events that named new orders before they were known; that one was deleted becomes a version of it."""
    by_name = {order.external_id: order for order in orders}
    columns = ("id", "external_order", "order_id", "customer_id", "at", "kind", "recorded_at")
    rows = bulk.fetch(intake.store, Event, columns, "external_order", by_name, intake.shop_id)
    for _, name, _, _, at, kind, recorded_at in rows:
        if kind == DELETED:
            by_name[name].mark(at, recorded_at)
    return [row for row in rows if row[2] is None]


def _join_events(intake: Intake, orders: dict[str, int], waiting: Sequence[Row]) -> None:
    """Gives new orders the events that named them before they were known."""
    bulk.update(intake.store, Event, ("order_id",), [(orders[row[1]], row[0]) for row in waiting])
    intake.changes.update((row[3], row[4]) for row in waiting if row[3] is not None)


def _link_refund_lines(intake: Intake, orders: Sequence[Known]) -> None:
    """Ties what came back to the lines that it came from."""
    if not orders:
        return
    lines = bulk.fetch(
        intake.store, Line, ("order_id", "product", "id"), "order_id", [order.id for order in orders]
    )
    line_of = {(order, product): number for order, product, number in lines}
    order_of = {refund: order.id for order in orders for refund in order.refund_ids.values()}
    columns = ("refund_id", "product", "line_id", "id")
    rows = bulk.fetch(intake.store, RefundLine, columns, "refund_id", order_of)
    links: list[tuple[Any, int]] = [(line_of.get((order_of[r[0]], r[1])), r[3]) for r in rows]
    changed = [link for link, row in zip(links, rows, strict=True) if link[0] != row[2]]
    bulk.update(intake.store, RefundLine, ("line_id",), changed)
