"""Fresh orders for the demo's first minutes, pushed over HTTP as a shop would, so that mails come at any hour."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http import HTTPStatus
from random import Random
from typing import Any

import structlog

from engine.clock import SECOND, Clock
from engine.demo.catalogue import ITEMS, LENSES, SHELVES
from engine.demo.history import as_order
from models import Customer, Shop

log = structlog.get_logger()
GAPS = (
    0.0,
    2.0,
    2.0,
    *(15.0,) * 15,
)  # seconds before each order: three at once, then four a minute, for four minutes
READY_WITHIN = 60.0
FRIENDS: tuple[dict[str, Any], ...] = (
    {"id": "anna", "email": "anna@poczta.example", "first_name": "Anna", "last_name": "Nowak", "gender": "female",
     "city": "Kraków", "country": "PL", "language": "pl"},
    {"id": "borys", "email": "borys@skrynka.example", "first_name": "Борис", "last_name": "Шевченко",
     "gender": "male", "city": "Львів", "country": "UA", "language": "uk"},
    {"id": "celina", "email": "celina@mail.example", "first_name": "Celina", "last_name": "Smith",
     "gender": "female", "city": "London", "country": "GB", "language": "en"},
)  # fmt: skip


def buyers(shop: Shop, chance: Random) -> list[dict[str, Any]]:
    """Returns who orders in the first minutes: three new customers who agree to everything, then known ones."""
    rows = Customer.select(Customer.external_id, Customer.email).where(
        Customer.shop == shop, Customer.external_id.startswith("K")
    )
    known = [{"id": key, "email": email} for key, email in rows.order_by(Customer.id).tuples()]
    agreed = {
        "marketing": {"granted": True, "source": "checkout"},
        "newsletter": {"granted": True, "source": "checkout"},
    }
    return [{**friend, "consent": agreed} for friend in FRIENDS] + chance.sample(
        known, k=min(len(known), len(GAPS))
    )


def fresh_orders(people: list[dict[str, Any]], chance: Random, clock: Clock) -> Iterator[dict[str, Any]]:
    """Makes up an order of this very moment for each, as it is asked for."""
    for person in people[: len(GAPS)]:
        now = clock.now()
        first = chance.choice(SHELVES[LENSES] if chance.random() < 0.5 else ITEMS)
        second = chance.choice(ITEMS)
        basket = [(first, chance.choice([1, 1, 2])), *([(second, 1)] if second is not first else [])]
        yield as_order(f"L{now // SECOND}", now, person, basket)


def trickle(url: str, key: str, orders: Iterator[dict[str, Any]], stop: threading.Event) -> int:
    """Pushes the orders, one after each gap, until they or the patience of `stop` end; returns how many were taken."""
    taken = 0
    for gap, order in zip(_waited(GAPS, stop), orders, strict=False):
        del gap
        taken += push(url, key, order)
    log.info("the demo's fresh orders are through", orders=taken)
    return taken


def _waited(gaps: tuple[float, ...], stop: threading.Event) -> Iterator[float]:
    for gap in gaps:
        if stop.wait(gap):
            return
        yield gap


def push(url: str, key: str, order: dict[str, Any]) -> bool:
    """Sends one order; returns whether it was accepted. A demo that cannot be reached is told, not raised."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/api/v1/orders", json.dumps(order).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bool(answer.status == HTTPStatus.CREATED)
    except OSError as error:
        log.warning("an order of the demo was not taken", error=str(error))
        return False


def when_ready(url: str, stop: threading.Event, then: Callable[[], object]) -> None:
    """Calls `then` as soon as the server answers; gives up silently when asked to stop, or after a minute."""
    for _ in range(int(READY_WITHIN / 0.2)):
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):
                then()
                return
        except OSError:
            if stop.wait(0.2):
                return
