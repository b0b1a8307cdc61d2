"""What others buy: the best-sellers of a category."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from peewee import fn

from engine.clock import DAY
from models import Line, Product
from models.base import database

WINDOW = 90 * DAY
LONGEST = 60  # so many of a category that whoever has bought some still finds others
MOST_KEPT = 2_000
AT_ONCE = 20

_rankings: WeakKeyDictionary[Any, dict[tuple[int, str, int], list[tuple[str, int]]]] = WeakKeyDictionary()


def best_sellers(
    shop_id: int, left_out: Collection[str], categories: Sequence[str], now: int, count: int
) -> list[Product]:
    """Returns the most bought products of the categories in the last 90 days that are not known to be out of stock,
    but for those left out; the most bought first."""
    sold = [pair for category in categories for pair in _ranking(shop_id, category, now - now % DAY)]
    ranked = [product for product, _ in sorted(sold, key=lambda pair: (-pair[1], pair[0]))]
    return in_stock(shop_id, [product for product in ranked if product not in left_out], count)


def in_stock(shop_id: int, products: Sequence[str], count: int) -> list[Product]:
    """Returns so many of the products, in order, that the shop has and that are not known to be out of stock."""
    found: list[Product] = []
    for start in range(
        0, len(products), AT_ONCE
    ):  # a large basket has a thousand candidates, of which three are shown
        found += _in_stock(shop_id, products[start : start + AT_ONCE])
        if len(found) >= count:
            break
    return found[:count]


def _in_stock(shop_id: int, products: Sequence[str]) -> list[Product]:
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
