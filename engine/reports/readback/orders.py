"""Orders as their newest versions and their refunds have settled them, with their lines and their customers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from engine.intake.reading import precision
from engine.reports.readback.customers import block, by_number
from engine.reports.readback.walking import Asked, Desk, Page, customer_named, page, walk
from engine.reports.readback.written import amount_in, exact, iso
from models import Line, Order


def orders(desk: Desk, asked: Asked) -> Page:
    """Lists orders by when the shop last changed them; of one customer with `customer`."""
    query = Order.select()
    if "customer" in asked.wanted:
        query = query.where(Order.customer == (customer_named(desk, asked.wanted["customer"]) or 0))
    else:
        query = query.where(Order.shop == desk.shop_id)
    rows = list(walk(query, Order.updated_at, Order.id, asked))
    return page(rows, asked, lambda row: (row.updated_at, row.id), lambda shown: _all(desk, shown))


def order(desk: Desk, external_id: str) -> dict[str, Any] | None:
    """Shows the order with this id of the shop's."""
    mine = (Order.shop == desk.shop_id) & (Order.external_id == external_id)
    return next(iter(_all(desk, list(Order.select().where(mine)))), None)


def _all(desk: Desk, rows: Sequence[Any]) -> list[dict[str, Any]]:
    lines: dict[int, list[Any]] = defaultdict(list)
    if rows:
        for line in Line.select().where(Line.order << [row.id for row in rows]).order_by(Line.id):
            lines[line.order_id].append(line)
    people = by_number(row.customer_id for row in rows)
    return [_one(desk, row, people.get(row.customer_id), lines[row.id]) for row in rows]


def _one(desk: Desk, row: Any, customer: Any, lines: Sequence[Any]) -> dict[str, Any]:
    rate = _own_rate(desk, row)
    return {
        "id": row.external_id, "placed_at": iso(row.at), "updated_at": iso(row.updated_at), "status": row.status,
        "currency": row.currency, "total": exact(row.reported_minor, row.currency), "coupon": row.coupon,
        "channel": row.channel, "shipped_at": iso(row.shipped_at), "delivered_at": iso(row.delivered_at),
        "cancelled_at": iso(row.cancelled_at), "customer": block(customer),
        "lines": [
            {
                "product": line.product, "name": line.name, "category": line.category, "brand": line.brand,
                "quantity": line.quantity, "price": amount_in(desk, line.price_minor, row.currency, rate),
                "url": line.url, "image": line.image,
            }
            for line in lines
        ],
        "kept": {
            "recorded_at": iso(row.recorded_at), "void_at": iso(row.void_at), "currency": desk.shop.currency,
            "total": exact(row.total_minor, desk.shop.currency),
        },
    }  # fmt: skip


def _own_rate(desk: Desk, row: Any) -> Decimal | None:
    """Returns at which rate the order was converted, roughly, for a currency that config.yaml has no rate for now."""
    if not row.reported_minor or not row.total_minor:
        return None
    total = Decimal(row.total_minor).scaleb(-precision(desk.shop.currency))
    return total / Decimal(row.reported_minor).scaleb(-precision(row.currency))
