"""Refunds as they were reported, with what they came to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from engine.reports.readback.walking import Asked, Desk, Page, page, walk
from engine.reports.readback.written import amount_in, exact, iso
from models import Refund, RefundLine


def refunds(desk: Desk, asked: Asked) -> Page:
    """Lists refunds by when they were made; of one order with `order`."""
    query = Refund.select().where(Refund.shop == desk.shop_id)
    if "order" in asked.wanted:
        query = query.where(Refund.external_order == asked.wanted["order"])
    rows = list(walk(query, Refund.at, Refund.id, asked))
    return page(rows, asked, lambda row: (row.at, row.id), lambda shown: _all(desk, shown))


def refund(desk: Desk, external_id: str) -> dict[str, Any] | None:
    """Shows the refund with this id of the shop's."""
    mine = (Refund.shop == desk.shop_id) & (Refund.external_id == external_id)
    return next(iter(_all(desk, list(Refund.select().where(mine)))), None)


def _all(desk: Desk, rows: Sequence[Any]) -> list[dict[str, Any]]:
    lines: dict[int, list[Any]] = defaultdict(list)
    if rows:
        for line in (
            RefundLine.select().where(RefundLine.refund << [row.id for row in rows]).order_by(RefundLine.id)
        ):
            lines[line.refund_id].append({"product": line.product, "quantity": line.quantity})
    return [_one(desk, row, lines[row.id]) for row in rows]


def _one(desk: Desk, row: Any, lines: list[Any]) -> dict[str, Any]:
    own = desk.shop.currency
    return {
        "id": row.external_id, "order": row.external_order, "at": iso(row.at),
        "amount": amount_in(desk, row.amount_minor, row.currency) if row.currency else None, "currency": row.currency,
        "lines": lines or None,
        "kept": {
            "recorded_at": iso(row.recorded_at), "order_known": row.order_id is not None, "currency": own,
            "amount": None if row.amount_minor is None else exact(row.amount_minor, own),
        },
    }  # fmt: skip
