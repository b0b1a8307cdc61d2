"""What others buy: the best-sellers of the categories that a customer has just bought from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from peewee import fn

from engine.clock import DAY
from engine.consent.granted import granted
from models import Line, Product

WINDOW = 90 * DAY
DEFAULT_COUNT, MOST = 3, 12


class AboutCustomer(Protocol):
    """Whoever is to be shown products: a row of the outbox or a Draft."""

    shop_id: int
    customer_id: int
    anchors: Any


def recommended(mail: AboutCustomer, wanted: Mapping[str, Any] | bool, now: int) -> list[Product]:
    """Returns products to show beside what was bought; none without consent to marketing.

    Showing products in a mail about an order is marketing of its own (Polish PKE art. 398, and WP.pl's rules for
    senders), so the order's mail goes out without them where there is no consent.
    """
    if not granted(mail.customer_id, "marketing", now):
        return []
    count = wanted.get("count", DEFAULT_COUNT) if isinstance(wanted, Mapping) else DEFAULT_COUNT
    categories = _bought_categories(mail)
    return (
        best_sellers(mail.shop_id, mail.customer_id, categories, now, min(int(count), MOST))
        if categories
        else []
    )


def best_sellers(
    shop_id: int, customer_id: int, categories: Sequence[str], now: int, count: int
) -> list[Product]:
    """Returns the most bought products of the categories in the last 90 days that are not known to be out of stock,
    and that the customer has never bought; the most bought first."""
    owned = Line.select(Line.product).where(Line.customer == customer_id, Line.recorded_at <= now)
    sold = fn.SUM(Line.quantity - Line.refunded_quantity)
    ranked = (
        Line.select(Line.product, sold.alias("sold"))
        .where(Line.shop == shop_id, Line.category << list(categories), Line.at > now - WINDOW, Line.at <= now,
               Line.void_at.is_null(), Line.product.not_in(owned))
        .group_by(Line.product).order_by(sold.desc(), Line.product).limit(count * 4)
    )  # fmt: skip
    order = [row.product for row in ranked]
    rows = Product.select().where(
        Product.shop == shop_id, Product.external_id << order, Product.stock.is_null() | (Product.stock > 0)
    )
    by_key = {row.external_id: row for row in rows} if order else {}
    return [by_key[key] for key in order if key in by_key][:count]


def _bought_categories(mail: AboutCustomer) -> list[str]:
    orders = [anchor["order_id"] for anchor in mail.anchors if anchor.get("order_id")]
    if not orders:
        return []
    rows = (
        Line.select(Line.category)
        .where(Line.order << orders, Line.category.is_null(False))
        .distinct()
        .limit(20)
    )
    return sorted(row.category for row in rows)
