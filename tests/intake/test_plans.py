"""Plans: what every order asks of the store is answered from an index, however many it is asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine import bulk
from engine.store import Store
from models import ConsentChange, Customer, Event, Line, Order, OrderVersion, Product, Refund

ASKED: list[tuple[Any, str, bool]] = [
    (Order, "external_id", True), (OrderVersion, "order_id", False), (Line, "order_id", False),
    (Product, "external_id", True),
    (Refund, "external_order", True), (Event, "external_order", True), (Event, "external_customer", True),
    (Customer, "external_id", True), (Customer, "address_id", True), (ConsentChange, "customer_id", False),
]  # fmt: skip


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize(
    ("table", "key", "shop"), ASKED, ids=lambda value: getattr(value, "__name__", str(value))
)
def test_no_order_makes_the_store_read_a_whole_table(
    store: Store, table: Any, key: str, shop: bool, many: bool
) -> None:
    sql = bulk._select(store.postgresql, table, ("id",), key, shop, False, not many)
    value: Any = "1" if key.startswith("external") else 1
    found = [value, value] if store.postgresql else json.dumps([value, value])
    if store.postgresql:
        store.database.execute_sql("set enable_seqscan = off")
    explain = "explain " if store.postgresql else "explain query plan "
    plan = "\n".join(
        str(row) for row in bulk.run(store, explain + sql, (found if many else value, *([1] if shop else [])))
    )
    name = table._meta.table_name
    assert f"SCAN {name}" not in plan
    assert "Seq Scan" not in plan
    assert "Index Cond" in plan or f"SEARCH {name} USING" in plan, plan
