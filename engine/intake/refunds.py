"""Refunds: of an amount, of lines, or of the whole order; they settle the order anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine import bulk
from engine.config import Config
from engine.intake.accepting import Accepted, Intake, announce, begin, unique
from engine.intake.checking import REFUNDS
from engine.intake.known import load, load_refunds
from engine.intake.order_rows import write_orders
from engine.intake.reading import minor
from engine.intake.shapes import RefundIn
from engine.intake.supplies import date_anew
from engine.store import Store
from models import Line, Refund, RefundLine, Shop

COLUMNS = ("external_id", "external_order", "at", "whole", "amount_minor", "currency")
Row = tuple[Any, ...]
Pieces = tuple[tuple[str, int], ...]


def accept_refunds(
    store: Store,
    config: Config,
    shop_row: Shop,
    refunds: Sequence[Any],
    now: int,
    history: bool = False,
    in_list: bool = True,
) -> Accepted:
    """Keeps the refunds and settles their orders; raises IntakeError with every problem and writes nothing then."""
    intake = begin(store, config, shop_row, now, history)
    items = REFUNDS.check_all(refunds, intake.reading, in_list)
    return bulk.in_transaction(store, lambda: write(intake, items))


def write(intake: Intake, items: Sequence[RefundIn], raws: object = None) -> Accepted:
    """Writes checked refunds, inside a transaction; the same id again corrects the refund."""
    intake.changes.clear()
    bulk.lock_shop(intake.store, intake.shop_id, bulk.ALONE)
    known = _known(intake, [item.id for item in items])
    outcomes, concerned = [], set()
    latest: dict[str, tuple[Row, Pieces]] = {}
    for item in items:
        row, pieces = _row(intake, item, known.get(item.id)), _pieces(item)
        old = latest.get(item.id) or (known[item.id][1:] if item.id in known else None)
        changed = old is None or old != (row, pieces)
        if changed:
            concerned |= {row[1]} | ({old[0][1]} if old else set())
            latest[item.id] = (row, pieces)
        outcomes.append("accepted" if changed else "unchanged")
    _store(intake, known, latest)
    _settle(intake, concerned)
    announce(intake)
    return Accepted(tuple(outcomes))


def _row(intake: Intake, item: RefundIn, known: tuple[int, Row, Pieces] | None) -> Row:
    """Makes the row; the currency stands there only where the shop said the amount, else settling works it out."""
    shop = intake.shop
    amount, currency = None, None
    if item.amount is not None:
        currency = item.currency or shop.currency
        amount = minor(intake.config.convert(item.amount, currency, shop), shop.currency)
    at = item.at if item.at is not None else known[1][2] if known else intake.now
    return item.id, item.order, at, int(item.amount is None and not item.lines), amount, currency


def _pieces(item: RefundIn) -> Pieces:
    sums: dict[str, int] = {}
    for line in item.lines or ():
        sums[line.product] = sums.get(line.product, 0) + line.quantity
    return tuple(sorted(sums.items()))


def _known(intake: Intake, ids: Sequence[str]) -> dict[str, tuple[int, Row, Pieces]]:
    rows = bulk.fetch(
        intake.store, Refund, ("id", *COLUMNS), "external_id", unique(ids), intake.shop_id, lock=True
    )
    pieces: dict[int, list[tuple[str, int]]] = {row[0]: [] for row in rows}
    columns = ("refund_id", "product", "quantity")
    for refund, product, quantity in bulk.fetch(intake.store, RefundLine, columns, "refund_id", pieces):
        pieces[refund].append((product, quantity))
    return {
        row[1]: (row[0], (*row[1:5], row[5] if row[6] else None, row[6]), tuple(sorted(pieces[row[0]])))
        for row in rows
    }


def _store(
    intake: Intake, known: dict[str, tuple[int, Row, Pieces]], latest: dict[str, tuple[Row, Pieces]]
) -> None:
    fresh = [external_id for external_id in latest if external_id not in known]
    number_of = dict(zip(fresh, bulk.allocate(intake.store, Refund, len(fresh)), strict=True))
    rows = [(number_of[i], *latest[i][0], intake.learned(latest[i][0][2]), intake.shop_id) for i in fresh]
    bulk.insert(intake.store, Refund, ("id", *COLUMNS, "recorded_at", "shop_id"), rows)
    corrected = [external_id for external_id in latest if external_id in known]
    bulk.update(intake.store, Refund, COLUMNS, [(*latest[i][0], known[i][0]) for i in corrected])
    bulk.delete(intake.store, RefundLine, "refund_id", [known[i][0] for i in corrected])
    number_of |= {external_id: known[external_id][0] for external_id in corrected}
    lines = [(number_of[i], *piece) for i, (_, pieces) in latest.items() for piece in pieces]
    bulk.insert(intake.store, RefundLine, ("refund_id", "product", "quantity"), lines)


def _settle(intake: Intake, external_orders: set[str]) -> None:
    """Settles the orders that are known; a refund that was moved away from an order lets that one settle too."""
    orders = load(intake, external_orders)
    if orders:
        load_refunds(intake, orders)
        for order in orders.values():
            intake.changes.add((order.customer_id, 0))
        write_orders(intake, list(orders.values()), {})
        if any(line.supply[0] is not None for order in orders.values() for line in order.lines.values()):
            mine = Line.order.in_([order.id for order in orders.values()])
            intake.changes |= date_anew(intake.store, intake.shop_id, mine, intake.learned)
