"""What endpoints are told is written here, in the transaction that makes it true: committed with it, or rolled back with it.

Where config.yaml names no endpoint that wants to hear of something, nothing is asked of the store and nothing written.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import bulk
from engine.clock import DAY
from engine.config import Config
from engine.store import Store
from models import GoalLook, Notice, Shop

SENT, CLICKED, GOAL = "message.sent", "message.clicked", "goal.reached"
SUBSCRIBED, UNSUBSCRIBED = "customer.subscribed", "customer.unsubscribed"
OLD = 30 * DAY  # what happened so long before it was learned is history, and no news
COLUMNS = (
    "shop_id", "endpoint", "customer_id", "number", "kind", "at", "facts", "recorded_at", "state", "attempts",
    "next_at", "once",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened; `facts` are our own numbers and words, and `once` keeps it from being told twice."""

    customer_id: int
    at: int
    facts: Mapping[str, Any] = field(default_factory=dict)
    once: str | None = None


def listen(store: Store, config: Config) -> None:
    """Lets a store know which endpoints want to hear of what; a store that nobody told has no listeners."""
    store.listeners.clear()  # its writer shares them
    for shop in config.shops:
        if shop.endpoints:
            store.listeners[shop.shop] = tuple((each.name, frozenset(each.events)) for each in shop.endpoints)


def listeners(store: Store, shop_id: int, kind: str) -> list[str]:
    """Names the endpoints of a shop that want to hear of a kind of event."""
    if not store.listeners:
        return []
    return [name for name, kinds in store.listeners.get(_key(store, shop_id), ()) if kind in kinds]


def _key(store: Store, shop_id: int) -> str:
    """Returns a shop's key, which never changes, from what was read before."""
    if shop_id not in store.shop_keys:
        rows = bulk.fetch(store, Shop, ("key",), "id", [shop_id])
        if not rows:
            return ""
        store.shop_keys[shop_id] = str(rows[0][0])
    return store.shop_keys[shop_id]


def note(store: Store, shop_id: int, kind: str, news: Iterable[News], now: int) -> None:
    """Writes what each listening endpoint is to be told, in the caller's transaction; old news is left out."""
    names = listeners(store, shop_id, kind)
    if not names:
        return
    fresh = [each for each in news if each.at > now - OLD]
    bulk.insert(store, Notice, COLUMNS, [
        (shop_id, name, each.customer_id, new_number(), kind, each.at, json.dumps(each.facts, sort_keys=True), now,
         "waiting", 0, now, each.once)
        for each in fresh for name in names
    ], ignore=True)  # fmt: skip


def new_number() -> str:
    """Returns a number by which a receiver knows a repetition: of its own in every home, also after a restore."""
    return f"msg_{secrets.token_hex(12)}"


def note_sent(store: Store, rows: Iterable[Any], now: int) -> None:
    """Writes that messages were handed over, in the transaction that settles them."""
    if not store.listeners:
        return
    of_shop: dict[int, list[News]] = {}
    for row in rows:
        of_shop.setdefault(row.shop_id, []).append(News(row.customer_id, now, facts_of(row)))
    for shop_id, news in sorted(of_shop.items()):
        note(store, shop_id, SENT, news, now)


def facts_of(message: Any) -> dict[str, Any]:
    """Returns what is told of a message: numbers and names of ours, nothing that it said."""
    return {
        "message": str(message.id), "rule": message.rule, "purpose": message.purpose, "template": message.template,
        "variant": message.variant,
    }  # fmt: skip


def look_at_goals(store: Store, shop_id: int, customers: Collection[int], now: int) -> None:
    """Queues customers of whom something was learned, in the transaction that forgets that it was."""
    if store.listeners and listeners(store, shop_id, GOAL):
        rows = [(shop_id, customer, now) for customer in sorted(set(customers))]
        bulk.insert(store, GoalLook, ("shop_id", "customer_id", "recorded_at"), rows)
