"""Products as they are known now."""

from __future__ import annotations

from typing import Any

from engine.intake.products import FROM_A_LINE
from engine.reports.readback.walking import Asked, Desk, Page, page, walk
from engine.reports.readback.written import amount_in, iso
from models import Product


def products(desk: Desk, asked: Asked) -> Page:
    """Lists products by when the shop last changed them; first those of which only order lines have told."""
    rows = list(
        walk(Product.select().where(Product.shop == desk.shop_id), Product.updated_at, Product.id, asked)
    )
    return page(
        rows, asked, lambda row: (row.updated_at, row.id), lambda shown: [_one(desk, row) for row in shown]
    )  # fmt: skip


def product(desk: Desk, external_id: str) -> dict[str, Any] | None:
    """Shows the product with this id of the shop's."""
    row = Product.get_or_none((Product.shop == desk.shop_id) & (Product.external_id == external_id))
    return _one(desk, row) if row else None


def _one(desk: Desk, row: Any) -> dict[str, Any]:
    currency = desk.shop.currency
    return {
        "id": row.external_id, "name": row.name, "category": row.category, "brand": row.brand,
        "price": amount_in(desk, row.price_minor, currency), "currency": None if row.price_minor is None else currency,
        "stock": row.stock, "lasts_days": row.lasts_days, "url": row.url, "image": row.image,
        "updated_at": None if row.updated_at == FROM_A_LINE else iso(row.updated_at),
        "kept": {"recorded_at": iso(row.recorded_at), "from_a_line": row.updated_at == FROM_A_LINE},
    }  # fmt: skip
