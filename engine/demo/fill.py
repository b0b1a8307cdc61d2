"""Puts the demo's two years into a new home, by the same intake that takes real shops' orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from engine.config import Config
from engine.demo.history import SEED, History, make_history
from engine.demo.visits import lay_visits
from engine.intake import (
    accept_consents,
    accept_customers,
    accept_events,
    accept_orders,
    accept_products,
    accept_refunds,
    sync_shops,
)
from engine.store import Store

BATCH = 500
Progress = Callable[[int, int], object]  # how many of how many are in


def fill(store: Store, config: Config, now: int, progress: Progress = lambda done, total: None) -> History:
    """Makes up the history of config's first shop until `now` and takes it in, waking no rule; returns it."""
    shop = config.shops[0]
    row = sync_shops(store, config, now)[shop.shop]
    history = make_history(config, shop, now)
    total, done = sum(len(items) for _, items in _parts(history)), 0
    for accept, items in _parts(history):
        for batch in _batches(items):
            accept(store, config, row, batch, now, history=True)
            done += len(batch)
            progress(done, total)
    lay_visits(store, row.id, now, Random(SEED))
    return history


def _parts(history: History) -> list[tuple[Callable[..., object], Sequence[Any]]]:
    """Lists what is taken in, so that whatever an item names is there before it."""
    return [
        (accept_products, history.products),
        (accept_customers, [one.shape for one in history.customers]),
        (accept_orders, history.orders),
        (accept_consents, history.consents),
        (accept_events, history.events),
        (accept_refunds, history.refunds),
    ]


def _batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
