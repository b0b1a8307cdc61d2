"""Every list is read along an index on both databases: a page costs what it holds, however large the shop is."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from engine.store import Store
from models import Customer, Order, Product, Shop
from tests.intake.optica import NOW, order
from tests.web.api.reading.reader import Reader
from tests.web.api.reading.test_lists import sent

LARGE = (
    "customer",
    "orders",
    "line",
    "event",
    "product",
    "refund",
    "refund_line",
    "consent_change",
    "message",
    "address",
)
LISTS = [
    "orders", "orders?updated_since=2026-01-01", "orders?customer=anna", "customers", "customers?email=anna@example.com",
    "products", "events", "events?kind=viewed&since=2026-01-01", "events?customer=anna", "events?customer=nobody@example.com",
    "consents", "consents?customer=anna", "refunds", "refunds?order=1", "messages", "messages?customer=anna",
    "messages?rule=offer", "messages?state=sent&since=2026-01-01",
]  # fmt: skip
SINGLE = ["orders/1", "customers/anna", "products/ACU-30", "events/1", "refunds/r1", "messages/1"]


@pytest.fixture
def reader(store: Store) -> Reader:
    """A small shop beside a large one."""
    reader = Reader(store)
    reader.post("orders", [order(str(n), updated_at=f"2026-03-01T10:00:{n:02}Z") for n in range(3)])
    reader.post("events", [{"id": str(n), "kind": "viewed", "customer": "anna"} for n in range(3)])
    reader.post("refunds", [{"id": f"r{n}", "order": str(n)} for n in range(3)])
    sent(reader, "Celina", state="sent", settled_at=NOW)
    sent(reader, "Borys")
    return reader


@pytest.fixture
def asked(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """Every statement that the store is asked from here on."""
    found: list[tuple[str, Any]] = []
    original = reader.store.database.execute_sql

    def listening(sql: str, params: Any = None, *more: Any, **options: Any) -> Any:
        found.append((sql, params))
        return original(sql, params, *more, **options)

    monkeypatch.setattr(reader.store.database, "execute_sql", listening)
    return found


@pytest.mark.parametrize("path", LISTS + SINGLE)
def test_nothing_of_it_reads_a_whole_table(reader: Reader, asked: list[tuple[str, Any]], path: str) -> None:
    if reader.store.postgresql:
        reader.store.database.execute_sql("set enable_seqscan = off")
    asked.clear()
    pages = (
        [reader.get(f"{path}{'&' if '?' in path else '?'}limit=1")] if path in LISTS else [reader.get(path)]
    )
    assert pages[0].status_code == 200
    if path in LISTS and pages[0].json["next"]:  # type: ignore[index]
        pages.append(reader.get(pages[0].json["next"]))  # type: ignore[index]
        assert pages[1].status_code == 200
    reads = [(sql, params) for sql, params in asked if any(f'FROM "{table}"' in sql for table in LARGE)]
    assert reads
    for sql, params in reads:
        plan = explained(reader.store, sql, params)
        assert "Seq Scan" not in plan, (sql, plan)
        assert "SCAN " not in plan, (sql, plan)


@pytest.mark.parametrize("table", [Order, Customer, Product], ids=lambda table: table.__name__)
def test_a_page_of_an_import_at_one_moment_begins_in_the_midst_of_its_index(
    reader: Reader, asked: list[tuple[str, Any]], table: Any
) -> None:
    """Three thousand rows that were changed at one moment are not gone through again for each page."""
    name = table._meta.table_name
    path = f"{name.removesuffix('s')}s"
    many(table)
    reader.store.database.execute_sql("analyze")
    cursor = reader.get(f"{path}?limit=500").json["cursor"]  # type: ignore[index]
    asked.clear()
    assert len(reader.get(f"{path}?limit=5&cursor={cursor}").json[path]) == 5  # type: ignore[index]
    sql, params = next(one for one in asked if f'FROM "{name}"' in one[0])
    plan = explained(reader.store, sql, params)
    assert f"{path}_as_updated" in plan, plan
    assert "TEMP B-TREE" not in plan, plan
    assert "Sort" not in plan, plan


def test_a_home_of_before_gets_the_indexes_of_the_lists(store: Store) -> None:
    names = {f"{path}_as_updated" for path in ("orders", "customers", "products")}
    for name in names:
        store.database.execute_sql(f"drop index {name}")
    step = importlib.import_module("models.migrations.0018_lists")
    for _ in range(2):  # doing it again does nothing
        step.up(None, store.database)
    tables = ("orders", "customer", "product")
    assert names <= {index.name for table in tables for index in store.database.get_indexes(table)}


def many(table: Any) -> None:
    """Three thousand rows like the first, and as many of another shop."""
    row = table.select().order_by(table.id).dicts().get()
    other = Shop.create(key="other", name="O", timezone="UTC", currency="PLN", country="PL", language="pl")
    rows = [{**row, "id": 1000 + n, "external_id": f"many {n}"} for n in range(3000)]
    rows += [{**row, "id": 10_000 + n, "external_id": f"many {n}", "shop": other.id} for n in range(3000)]
    for start in range(0, len(rows), 500):
        table.insert_many(rows[start : start + 500]).execute()


def explained(store: Store, sql: str, params: Any) -> str:
    """Returns the plan of a statement."""
    words = "explain " if store.postgresql else "explain query plan "
    cursor = store.database.cursor()
    cursor.execute(words + sql, params or ())
    return "\n".join(str(row) for row in cursor.fetchall())
