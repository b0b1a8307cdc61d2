"""Two tabs, a log-in and an order at the same moment: nothing is lost, nothing counts twice, nobody waits for good."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from engine.intake import accept_orders
from engine.store import Store
from models import Event, Order, Shop, Visit, Visitor, VisitPage
from tests.web.collect.conftest import Browser, shop_config, word

TABS, TIMES = 4, 12


def at_once(store: Store, acts: Sequence[Callable[[], object]]) -> None:
    """Does everything at the same moment, each on a connection of its own; raises what went wrong."""
    broken: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        try:
            with store.use():
                act()
        except BaseException as error:  # noqa: BLE001 - told below, in the thread of the test
            broken.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert broken == []


def buy(store: Store, browser: Browser) -> None:
    """Orders again and again from that browser."""
    config, row = shop_config(), Shop.get(Shop.key == "optyk")
    for n in range(TIMES):
        order = {"id": f"o{n}", "placed_at": "2026-03-01T10:00:00Z", "total": "1", "customer": {"id": "anna"}}
        accept_orders(store, config, row, [order | {"visitor": browser.visitor}], 1_772_400_000_000_000)


def test_tabs_a_log_in_and_an_order_at_once_lose_nothing(anna: Browser, store: Store) -> None:
    statuses: list[int] = []
    tabs = [
        [anna.batch(anna.did("view", f"/{tab}/{n}", product="ACU-30")) for n in range(TIMES)]
        for tab in range(TABS)
    ]

    def look(mine: list[dict[str, Any]]) -> None:
        for batch in mine:
            for _ in range(2):  # every one of them is sent twice
                statuses.append(anna.send(json.dumps(batch).encode()).status_code)

    def log_in() -> None:
        for _ in range(TIMES):
            statuses.append(anna.says("identify", word("identify", "anna")).status_code)

    at_once(store, [*(partial(look, mine) for mine in tabs), lambda: buy(store, anna), log_in])
    assert set(statuses) == {200}
    assert (Visitor.select().count(), Visit.select().count(), Order.select().count()) == (1, 1, TIMES)
    assert Event.select().count() == VisitPage.select().count() == Visit.get().pages == TABS * TIMES
    assert {row.customer.external_id for row in Event.select()} == {"anna"}
