"""What others buy: the best-sellers of a category."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from peewee import fn

from engine.clock import DAY
from engine.prepared import prepared
from models import Line, Product
from models.base import database

WINDOW = 90 * DAY
LONGEST = 60  # so many of a category that whoever has bought some still finds others
MOST_KEPT = 2_000
AT_ONCE, MOST_ASKED = 20, 256

_rankings: WeakKeyDictionary[Any, dict[tuple[int, str, int], list[tuple[str, int]]]] = WeakKeyDictionary()


class Shown(NamedTuple):
    """A product as a mail shows it."""

    id: int
    shop_id: int
    external_id: str
    name: str | None
    brand: str | None
    category: str | None
    price_minor: int | None
    url: str | None
    image: str | None


class Shelf:
    """The products that shops have now and that are not known to be out of stock, each looked up once."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, str], Shown | None] = {}

    def fetch(self, shop_id: int, products: Iterable[str]) -> None:
        """Looks up, in a few queries, those of the products that nobody has asked for yet."""
        missing = [key for key in dict.fromkeys(products) if (shop_id, key) not in self._found]
        for start in range(0, len(missing), MOST_ASKED):
            some = missing[start : start + MOST_ASKED]
            self._found.update(dict.fromkeys((shop_id, key) for key in some))
            self._found.update({(row[1], row[2]): Shown(*row) for row in _in_stock(shop_id, some)})

    def first(self, shop_id: int, products: Sequence[str], count: int) -> list[Shown]:
        """Returns so many of the products, in order, that the shop has and that are not known to be out of stock."""
        found: list[Shown] = []
        # a large basket has a thousand candidates, of which three are shown
        for start in range(0, len(products), AT_ONCE):
            some = products[start : start + AT_ONCE]
            self.fetch(shop_id, some)
            found += [row for key in some if (row := self._found[shop_id, key]) is not None]
            if len(found) >= count:
                break
        return found[:count]


def best_sellers(
    shop_id: int, left_out: Collection[str], categories: Sequence[str], now: int, count: int, shelf: Shelf
) -> list[Shown]:
    """Returns the most bought products of the categories in the last 90 days that are not known to be out of stock,
    but for those left out; the most bought first."""
    sold = [pair for category in categories for pair in _ranking(shop_id, category, now - now % DAY)]
    ranked = [product for product, _ in sorted(sold, key=lambda pair: (-pair[1], pair[0]))]
    return shelf.first(shop_id, [product for product in ranked if product not in left_out], count)


@prepared
def _in_stock(shop: Any, products: Any) -> Any:
    columns = (getattr(Product, name) for name in Shown._fields)
    here = (Product.shop == shop) & Product.external_id.in_(products)
    return Product.select(*columns).where(here & (Product.stock.is_null() | (Product.stock > 0)))


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
