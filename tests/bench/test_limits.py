"""The limits written by hand ask the same as the rules: a limit that finds something else measures nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

pytest.importorskip("numpy", reason="the bench's own packages come with requirements/bench.lock")

from bench import by_hand, matching
from bench.shape import Size
from bench.store import fill
from engine import bulk
from engine.matching.find import find_due
from engine.store import Store
from models.base import Table


def filled(store: Store, size: Size) -> None:
    """Fills a store as the bench does."""

    def load(table: type[Table], columns: tuple[str, ...], rows: Iterable[Any]) -> None:
        with store.transaction():
            bulk.insert(store, table, columns, list(rows))

    fill(load, size)


def test_the_twenty_rules_and_the_statements_written_by_hand_find_the_same(store: Store) -> None:
    filled(store, Size(8000, 4000))
    due = find_due(matching.view_of(store, matching.rulebook()), matching.LAST)
    wanted = by_hand.find(store.database.cursor())
    assert {one.key for one in due} == set(wanted)
    assert len(wanted) >= 60
    assert len({rule for rule, _, _ in wanted}) >= 12


def test_a_store_of_ten_times_the_customers_has_as_many_due(sqlite_url: str) -> None:
    keys = []
    for size in (Size(600, 600), Size(6000, 600)):
        from engine.store import open_store

        opened = open_store("sqlite://:memory:").create()
        with opened.use():
            filled(opened, size)
            due = find_due(matching.view_of(opened, matching.rulebook()), matching.LAST)
            keys.append(sorted((one.rule.id, (one.customer_id - 1) // size.step) for one in due))
        opened.close()
    assert keys[0] == keys[1]
