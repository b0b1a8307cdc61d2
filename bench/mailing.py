"""The shop whose mails the sending row sends: customers, orders and goods, and mails decided for them."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from engine import bulk
from engine.clock import DAY, Clock
from engine.outbox.draft import Draft
from engine.outbox.enqueue import enqueue
from engine.profile.together import refresh
from engine.store import Store
from models import Address, ConsentChange, Customer, Line, Order, Product, Shop

CUSTOMERS, PRODUCTS, LINES = 4_000, 500, 3
NAMES = ("Anna", "Borys", "Celina", "Żaneta", "Олена")
CITIES = ("Kraków", "Łódź", "Lviv", "Gdańsk")
Row = tuple[Any, ...]


def fill(store: Store) -> None:
    """Writes the shop, its goods, and customers who consented and ordered twice."""
    now, random = Clock().now(), Random(20261122)
    with store.use(), store.transaction():
        shop = Shop.get_or_none(Shop.key == "bench") or Shop.create(
            key="bench", name="Bench", timezone="Europe/Warsaw", currency="PLN", country="PL", language="pl"
        )
        goods = [_product(number) for number in range(PRODUCTS)]
        bulk.insert(store, Product, ("shop_id", "external_id", "name", "category", "brand", "price_minor", "url",
                    "recorded_at", "updated_at"), [(shop.id, *each, 0, 0) for each in goods])  # fmt: skip
        bulk.insert(store, Address, ("id", "email", "created_at"),
                    [(n, f"c{n}@bench.example", 0) for n in range(1, CUSTOMERS + 1)])  # fmt: skip
        bulk.insert(store, Customer, (
            "id", "shop_id", "external_id", "address_id", "email", "first_name", "last_name", "city", "zone", "country",
            "language", "tags", "attributes", "signed_up_at", "recorded_at", "updated_at",
        ), [_customer(shop.id, n, now) for n in range(1, CUSTOMERS + 1)])  # fmt: skip
        bulk.insert(store, ConsentChange, ("shop_id", "customer_id", "purpose", "granted", "at", "recorded_at"),
                    [(shop.id, n, "marketing", True, 0, 0) for n in range(1, CUSTOMERS + 1)])  # fmt: skip
        _orders(store, shop.id, goods, random, now)
    with store.use():
        refresh(store, shop.id, now)  # what is bought together, as each night works it out


def _product(number: int) -> Row:
    return (f"P{number:04}", f"Soczewki miesięczne {number}", f"optics/line-{number % 20}", f"Brand {number % 30}",
            1_000 + number * 7, f"https://bench.example/goods/P{number:04}?from=mail")  # fmt: skip


def _customer(shop: int, n: int, now: int) -> Row:
    return (n, shop, f"c{n}", n, f"c{n}@bench.example", NAMES[n % 5], f"Nowak-{n}", CITIES[n % 4], "Europe/Warsaw", "PL",
            "pl", "[]", json.dumps({"size": n % 9}), now - 500 * DAY, now - 500 * DAY, now - 500 * DAY)  # fmt: skip


def _orders(store: Store, shop: int, goods: list[Row], random: Random, now: int) -> None:
    """Two orders of each customer: one of long ago, one of just now."""
    orders, lines = [], []
    for n in range(1, 2 * CUSTOMERS + 1):
        customer, at = (n + 1) // 2, now - (80 * DAY if n % 2 else DAY)
        mine = random.sample(goods, LINES)
        total = sum(each[4] for each in mine)
        orders.append((n, shop, customer, f"o{n}", at, at, at, "paid", "PLN", total, total))
        lines += [
            (shop, n, customer, each[0], at, at, each[1], each[2], each[3], each[4], 1, 0) for each in mine
        ]
    bulk.insert(store, Order, ("id", "shop_id", "customer_id", "external_id", "at", "recorded_at", "updated_at",
                "status", "currency", "total_minor", "reported_minor"), orders)  # fmt: skip
    bulk.insert(store, Line, ("shop_id", "order_id", "customer_id", "product", "at", "recorded_at", "name", "category",
                "brand", "price_minor", "quantity", "refunded_quantity"), lines)  # fmt: skip


def queue(store: Store, count: int) -> None:
    """Decides so many mails: by turns the thank-you for an order, and an offer to buy lenses again."""
    now = Clock().now()
    with store.use(), store.transaction():
        shop = Shop.get(Shop.key == "bench").id
        of_order: dict[int, str] = dict(
            Line.select(Line.order, Line.product).order_by(Line.id.desc()).tuples()
        )
        drafts = [
            _draft(shop, number % CUSTOMERS + 1, number % 2 == 0, of_order, now) for number in range(count)
        ]
        enqueue(store, shop, drafts, now)


def _draft(shop: int, customer: int, thanks: bool, product: dict[int, str], now: int) -> Draft:
    order = customer * 2 if thanks else customer * 2 - 1
    anchor: dict[str, Any] = {"kind": "ordered" if thanks else "bought", "at": now - DAY, "order_id": order}
    if not thanks:
        anchor["product"] = product[order]
    rule, purpose = ("thank-you", "transactional") if thanks else ("lens-refill", "marketing")
    extra = {"recommend": {"to": "bought", "count": 3}} if thanks else {}
    return Draft(
        shop, customer, customer, rule, purpose, rule, (anchor,), now, now, now + 7 * DAY, extra=extra
    )
