"""The rows that several mails speak of, each read once, in a few statements for all of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from engine.config import Config
from engine.delivery.coupons import issued_to
from engine.prepared import prepared
from engine.profile.best_sellers import Shown
from engine.profile.prices import lowest_in_30_days
from engine.profile.recommend import recommended_all
from models import Customer, Event, Line, Order, Product, Shop

MOST_LISTED = 100  # anchors, lines and products that a template gets: what bounds its loops


class Person(NamedTuple):
    """A customer as mails know them."""

    id: int
    zone: str
    language: str | None
    first_name: str | None
    last_name: str | None
    gender: str | None
    city: str | None
    country: str | None
    attributes: str  # JSON


class Purchase(NamedTuple):
    """An order as mails know it."""

    id: int
    external_id: str
    currency: str
    total_minor: int
    reported_minor: int
    at: int
    delivered_at: int | None
    void_at: int | None


class Item(NamedTuple):
    """A line of an order as mails know it."""

    id: int
    shop_id: int
    order_id: int
    product: str
    name: str | None
    brand: str | None
    category: str | None
    price_minor: int
    quantity: int
    url: str | None
    image: str | None
    void_at: int | None


class Happening(NamedTuple):
    """An event as mails know it."""

    id: int
    name: str | None
    properties: str  # JSON


R = TypeVar("R", Person, Purchase, Item, Happening)


def _reader(table: Any, shape: type[R], key: str = "id") -> Callable[[Iterable[int]], list[R]]:
    """Makes a function that reads the rows of some keys, ordered by id."""

    @prepared
    def query(keys: Any) -> Any:
        columns = (getattr(table, name) for name in shape._fields)
        return table.select(*columns).where(getattr(table, key).in_(keys)).order_by(table.id)

    def read(keys: Iterable[int]) -> list[R]:
        wanted = sorted(set(keys))
        return [shape(*row) for row in query(wanted)] if wanted else []

    return read


_people, _purchases = _reader(Customer, Person), _reader(Order, Purchase)
_items, _happenings = _reader(Line, Item, "order"), _reader(Event, Happening)


@prepared
def _products(shops: Any, products: Any) -> Any:
    columns = (getattr(Product, name) for name in Shown._fields)
    return Product.select(*columns).where(Product.shop.in_(shops), Product.external_id.in_(products))


class Known:
    """What the mails of one batch speak of."""

    def __init__(self, mails: Sequence[Any], config: Config, now: int) -> None:
        anchors = [anchor for mail in mails for anchor in mail.anchors[:MOST_LISTED]]
        self.shops = {row.id: row for row in Shop.select().where(Shop.id << {mail.shop_id for mail in mails})}
        self.customers = {row.id: row for row in _people(mail.customer_id for mail in mails)}
        self.events = {row.id: row for row in _happenings(a["event"] for a in anchors if a.get("event"))}
        self.orders = {row.id: row for row in _purchases(a["order_id"] for a in anchors if a.get("order_id"))}
        self.void = {key for key, order in self.orders.items() if order.void_at is not None}
        self.lines: dict[int, list[Item]] = defaultdict(list)
        for line in _items(self.orders):
            self.lines[line.order_id].append(line)
        self.coupons = issued_to(mails)
        self.products = _read_products({
            *((mail.shop_id, a["product"]) for mail in mails for a in mail.anchors[:MOST_LISTED] if a.get("product")),
            *((line.shop_id, line.product) for lines in self.lines.values() for line in lines),
        })  # fmt: skip
        self.beside = _beside(mails, now)
        self.lowest: dict[int, int] = {}
        shown = [*self.products.values(), *(row for rows in self.beside.values() for row in rows)]
        for shop in self.shops.values():
            zone = config.shop(shop.key).timezone
            mine = {product.id for product in shown if product.shop_id == shop.id}
            self.lowest |= lowest_in_30_days(mine, now, zone)

    def attributes(self, customer: Person) -> dict[str, Any]:
        """Returns what the shop has said of a customer in its own words."""
        return dict(_read(customer.attributes))

    def properties(self, event: Happening | None) -> dict[str, Any]:
        """Returns what the shop has said of an event."""
        return dict(_read(event.properties)) if event else {}


def _read(text: str | None) -> dict[str, Any]:
    """Reads JSON; most customers have none."""
    return {} if text in (None, "", "{}", "null") else json.loads(text or "{}") or {}


def _beside(mails: Sequence[Any], now: int) -> dict[int, list[Shown]]:
    """Returns what each mail that recommends goods shows, by the mail's identity."""
    wanting = [mail for mail in mails if (mail.extra or {}).get("recommend")]
    shown = recommended_all([(mail, mail.extra["recommend"]) for mail in wanting], now)
    return {id(mail): rows for mail, rows in zip(wanting, shown, strict=True)}


def _read_products(wanted: set[tuple[int, str]]) -> dict[tuple[int, str], Shown]:
    if not wanted:
        return {}
    rows = _products(sorted({shop for shop, _ in wanted}), sorted({product for _, product in wanted}))
    return {(row[1], row[2]): Shown(*row) for row in rows}
