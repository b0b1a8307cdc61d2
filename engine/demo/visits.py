"""The demo's visits to the shop's own pages: a month of them, most of strangers, each ending somewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import urlsplit

from engine import bulk
from engine.clock import DAY, HOUR, MINUTE
from engine.demo.catalogue import ITEMS, Item
from engine.store import Store
from models import Customer, Event, Visit, Visitor, VisitPage

DAYS, VISITS, KNOWN = 30, 1_200, 0.3
AWAKE = range(6, 22)  # hours, UTC
DEVICES = {"phone": 63, "computer": 31, "tablet": 6}
SOURCES = {None: 38, "www.google.com": 30, "ceneo.pl": 9, "facebook.com": 8, "wiosna": 9, "newsletter": 6}
PLACES = ("/", "/soczewki", "/kosmetyki", "/promocje", "/dostawa", "/kontakt", "/blog/jak-zakladac-soczewki")
WAY_OUT = ("/koszyk", "/kasa", "/zamowienie/dziekujemy")  # each of them is reached by some of those before


@dataclass(frozen=True, slots=True)
class Made:
    """One visit: of whom, when, and the pages in their order, some of which show a product."""

    customer: int | None
    at: int
    pages: tuple[tuple[str, Item | None], ...]
    device: str
    source: str | None


def lay_visits(store: Store, shop_id: int, now: int, chance: Random) -> None:
    """Writes a month of visits; what customers of the shop viewed is a fact of theirs, and wakes no rule."""
    with store.transaction():
        people = [key for (key,) in Customer.select(Customer.id).where(Customer.shop == shop_id).tuples()]
        made = sorted(_made(chance, people, now), key=lambda visit: visit.at)
        visitors, visits = (bulk.allocate(store, table, len(made)) for table in (Visitor, Visit))
        for number, (visitor, visit, one) in enumerate(zip(visitors, visits, made, strict=True)):
            _write(store, shop_id, number, visitor, visit, one)


def _made(chance: Random, people: list[int], now: int) -> Iterator[Made]:
    for _ in range(VISITS):
        day, hour = chance.randrange(DAYS), chance.choice(AWAKE)
        at = now - now % DAY - day * DAY + hour * HOUR + chance.randrange(60) * MINUTE
        if at < now - HOUR:
            who = chance.choice(people) if people and chance.random() < KNOWN else None
            yield Made(who, at, tuple(_steps(chance)), _of(chance, DEVICES), _of(chance, SOURCES))


def _of(chance: Random, weights: dict[Any, int]) -> Any:
    return chance.choices(list(weights), list(weights.values()))[0]


def _steps(chance: Random) -> Iterator[tuple[str, Item | None]]:
    """Walks through the shop: a page or some, perhaps products, perhaps the cart, and not always to the end."""
    yield chance.choice(PLACES), None
    products = chance.choices((0, 1, 2, 4), (35, 35, 20, 10))[0]
    for item in chance.sample(ITEMS[:12], products):
        yield urlsplit(item.url).path, item
    for page in WAY_OUT if products and chance.random() < 0.3 else ():
        yield page, None
        if chance.random() < 0.45:
            return


def _write(store: Store, shop_id: int, number: int, visitor: int, visit: int, one: Made) -> None:
    key = f"visitor:{hashlib.sha256(f'demo {number}'.encode()).hexdigest()}"
    moments = [one.at + step * 2 * MINUTE for step in range(len(one.pages))]
    tied = ("identify", one.at) if one.customer else (None, None)
    bulk.insert(
        store, Visitor, ("id", "shop_id", "key", "customer_id", "tied_by", "tied_at", "at", "last_at"),
        [(visitor, shop_id, key, one.customer, *tied, one.at, moments[-1])],
    )  # fmt: skip
    bulk.insert(
        store, Visit,
        ("id", "shop_id", "visitor_id", "customer_id", "key", "at", "last_at", "page_at", "recorded_at", "device", "source",
         "first_page", "last_page", "pages"),
        [(visit, shop_id, visitor, one.customer, f"demo-{number}", one.at, moments[-1], moments[-1], one.at, one.device,
          one.source, one.pages[0][0], one.pages[-1][0], len({page for page, _ in one.pages}))],
    )  # fmt: skip
    pages = sorted({page for page, _ in one.pages})
    bulk.insert(store, VisitPage, ("visit_id", "page"), [(visit, page) for page in pages])
    seen = [(item, at) for (_, item), at in zip(one.pages, moments, strict=True) if item and one.customer]
    bulk.insert(
        store, Event,
        ("shop_id", "customer_id", "external_customer", "external_id", "kind", "at", "recorded_at", "product", "category",
         "brand", "properties"),
        [(shop_id, one.customer, key, f"{key}:{at}", "viewed", at, at, item.id, item.category, item.brand, "{}")
         for item, at in seen],
    )  # fmt: skip
