"""The tick is told whose messages have come to an end: caps may open, and rules about our own mail fall due."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine import bulk
from engine.store import Store
from models import OPEN_STATES, Change

COLUMNS = ("shop_id", "customer_id", "at", "recorded_at")


def tell(store: Store, rows: Iterable[Any], now: int) -> None:
    """Writes a change for the customer of each message that is over, in the transaction that ended it."""
    over = {(row.shop_id, row.customer_id) for row in rows if row.state not in OPEN_STATES}
    bulk.insert(store, Change, COLUMNS, [(shop, customer, now, now) for shop, customer in sorted(over)])
