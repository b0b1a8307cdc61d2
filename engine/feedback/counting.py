"""How each way of feedback fares: a few rows, added to as reports come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import bulk
from engine.store import Store
from models import FeedbackCount

LONGEST = 500


def add(store: Store, source: str, counts: Mapping[str, int], now: int, said: str | None = None) -> None:
    """Adds to the counts of one source; `said` tells of the last that was not good, and names nobody."""

    def work() -> None:
        for what, number in sorted(counts.items()):
            row = {"source": source, "what": what, "last_at": now}
            FeedbackCount.insert(row).on_conflict_ignore().execute()
            news: dict[Any, Any] = {
                FeedbackCount.number: FeedbackCount.number + number,
                FeedbackCount.last_at: now,
            }
            if said is not None:
                news[FeedbackCount.said] = said[:LONGEST]
            mine = (FeedbackCount.source == source) & (FeedbackCount.what == what)
            FeedbackCount.update(news).where(mine).execute()

    bulk.in_transaction(store, work)
