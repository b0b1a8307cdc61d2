"""What others buy: the best-sellers of the categories that a customer has just bought from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from peewee import fn

from engine.clock import DAY
from engine.consent.granted import granted
from models import Line, Product
from models.base import database

WINDOW = 90 * DAY
DEFAULT_COUNT, MOST = 3, 12
LONGEST = 60  # so many of a category that whoever has bought some still finds others
MOST_KEPT = 2_000
AT_ONCE = 20

_rankings: WeakKeyDictionary[Any, dict[tuple[int, str, int], list[tuple[str, int]]]] = WeakKeyDictionary()


class AboutCustomer(Protocol):
    """Whoever is to be shown products: a row of the outbox or a Draft."""

    @property
    def shop_id(self) -> int:
        """Returns whose customer it is."""

    @property
    def customer_id(self) -> int:
        """Returns who it is."""

    @property
    def anchors(self) -> Sequence[Mapping[str, Any]]:
        """Returns what the mail is about, latest first."""


def recommended(mail: AboutCustomer, wanted: Mapping[str, Any] | bool, now: int) -> list[Product]:
    """Returns products to show beside what was bought; none without consent to marketing.

    Showing products in a mail about an order is marketing of its own (Polish PKE art. 398, and WP.pl's rules for
    senders), so the order's mail goes out without them where there is no consent.
    """
    if not granted(mail.customer_id, "marketing", now):
        return []
    count = wanted.get("count", DEFAULT_COUNT) if isinstance(wanted, Mapping) else DEFAULT_COUNT
    categories = _bought_categories(mail)
    return best_sellers(mail.shop_id, mail.customer_id, categories, now, min(int(count), MOST))


def best_sellers(
    shop_id: int, customer_id: int, categories: Sequence[str], now: int, count: int
) -> list[Product]:
    """Returns the most bought products of the categories in the last 90 days that are not known to be out of stock,
    and that the customer has never bought; the most bought first."""
    sold = [pair for category in categories for pair in _ranking(shop_id, category, now - now % DAY)]
    if not sold:
        return []
    mine = Line.select(Line.product).where(Line.customer == customer_id, Line.recorded_at <= now)
    owned = {product for (product,) in mine.tuples()}
    ranked = [product for product, _ in sorted(sold, key=lambda pair: (-pair[1], pair[0]))]
    order = [product for product in ranked if product not in owned]
    found: list[Product] = []
    for start in range(
        0, len(order), AT_ONCE
    ):  # a large basket has a thousand candidates, of which three are shown
        found += _in_stock(shop_id, order[start : start + AT_ONCE])
        if len(found) >= count:
            break
    return found[:count]


def _in_stock(shop_id: int, products: Sequence[str]) -> list[Product]:
    """Returns those of the products that are not known to be out of stock, in the same order."""
    here = (Product.shop == shop_id) & (Product.external_id << list(products))
    rows = Product.select().where(here & (Product.stock.is_null() | (Product.stock > 0)))
    by_key = {row.external_id: row for row in rows}
    return [by_key[key] for key in products if key in by_key]


def _ranking(shop_id: int, category: str, day: int) -> list[tuple[str, int]]:
    """Returns (product, pieces) of a category, the most bought first, as sales stood when the day began (UTC).

    Asked once a day for each category, not once a mail: a thank-you must not scan three months of sales. The
    beginning of the day, so that the answer does not depend on which mail came first.
    """
    kept = _rankings.setdefault(database.obj, {})
    if len(kept) > MOST_KEPT:
        kept.clear()
    key = (shop_id, category, day)
    if key not in kept:
        sold = fn.SUM(Line.quantity - Line.refunded_quantity)
        during = (Line.at > day - WINDOW) & (Line.at <= day) & Line.void_at.is_null()
        rows = Line.select(Line.product, sold).where(Line.shop == shop_id, Line.category == category, during)
        ranked = rows.group_by(Line.product).order_by(sold.desc(), Line.product).limit(LONGEST)
        kept[key] = [(product, int(pieces)) for product, pieces in ranked.tuples()]
    return kept[key]


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
