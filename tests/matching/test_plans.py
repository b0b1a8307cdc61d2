"""Matching looks anchors up by index, on both databases: its cost follows what is due and not how many customers there are."""

from __future__ import annotations

from typing import Any

import pytest

from engine.clock import DAY, MINUTE
from engine.config import Config
from engine.matching.ask import ask
from engine.matching.due import Question
from engine.matching.find import find_due
from engine.store import Store
from models import Shop
from tests.matching.conftest import NOON, many_customers, rulebook, view_of

RULES = {
    "bought": "- {rule: r, when: {bought: {category: optics}, after: 80 days}, unless: {bought: {same: category}}, send: plain}",
    "product": "- {rule: r, when: {bought: {product: p1}, after: 80 days}, unless: {bought: {same: product}}, send: plain}",
    "ordered": "- {rule: r, when: {ordered: any, after: 1 month}, unless: {ordered: any}, who: {orders: '>= 1'}, send: plain}",
    "delivered": "- {rule: r, when: {delivered: any, after: 7 days}, unless: {refunded: {same: order}}, send: plain}",
    "complained": "- {rule: r, when: {complained: any, after: 1 day}, unless: {complaint_closed: any}, send: plain}",
    "runs_out": (
        "- {rule: r, when: {runs_out: {category: optics}, before: 7 days}, unless: {bought: {same: product}}, "
        "send: plain}"
    ),
    "ran_out": "- {rule: r, when: {runs_out: any}, who: {runs_out: {within: 30 days}}, send: plain}",
    "price_dropped": (
        "- {rule: r, when: {price_dropped: {percent: '>= 10'}}, unless: {back_in_stock: {same: product}}, "
        "send: plain}"
    ),
    "points_expire": "- {rule: r, when: {points_expire: any, before: 7 days}, unless: {ordered: any}, send: plain}",
    "birthday": "- {rule: r, when: {birthday: any}, at: '09:00', send: plain}",
    "anniversary": "- {rule: r, when: {anniversary: any}, send: plain}",
}
LARGE = ("customer", "orders", "line", "event")


@pytest.fixture
def statements(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """Every statement that the store is asked from here on."""
    asked: list[tuple[str, Any]] = []
    original = store.database.execute_sql

    def listening(sql: str, params: Any = None, *more: Any, **options: Any) -> Any:
        asked.append((sql, params))
        return original(sql, params, *more, **options)

    monkeypatch.setattr(store.database, "execute_sql", listening)
    return asked


@pytest.mark.parametrize("kind", RULES)
def test_a_window_is_looked_up_by_index(
    store: Store, shop: Shop, config: Config, statements: list[tuple[str, Any]], kind: str
) -> None:
    """No table that grows with the shop is scanned for one minute's due anchors."""
    many_customers(shop, 300)
    store.database.execute_sql("analyze")
    if store.postgresql:
        store.database.execute_sql("set enable_seqscan = off")
    view = view_of(config, shop, rulebook(RULES[kind]), NOON + 400 * DAY, store)
    statements.clear()
    find_due(view, view.now - MINUTE)
    asked = [(sql, params) for sql, params in statements if sql.lstrip().lower().startswith("select")]
    assert asked
    for sql, params in asked:
        assert scans(store, sql, params) == [], sql


def scans(store: Store, sql: str, params: Any) -> list[str]:
    """Lists the steps of a statement's plan that read a large table from end to end."""
    explain = "explain " if store.postgresql else "explain query plan "
    rows = [str(row[-1]) for row in store.database.execute_sql(explain + sql, params).fetchall()]
    if store.postgresql:
        return [row for row in rows if any(f"Seq Scan on {table}" in row for table in LARGE)]
    # "t1" and the like are aliases; a scan of a covering index by its whole length is a scan too
    return [row for row in rows if row.startswith("SCAN") and "CONSTANT" not in row and "used" not in row]


@pytest.mark.parametrize("kind", ["bought", "ran_out"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_as_many_due_cost_as_much_whatever_the_number_of_customers(
    store: Store, shop: Shop, config: Config, kind: str
) -> None:
    """SQLite's own steps hardly grow from 200 customers to 2,000 with one anchor due; the bench looks at PostgreSQL."""
    book = rulebook(RULES[kind])
    costs = []
    for count in (200, 2000):
        for table in ("event", "line", "orders", "customer", "address", "zone_in_use"):
            store.database.execute_sql(f"delete from {table}")
        many_customers(shop, count)
        store.database.execute_sql("analyze")
        steps = [0]

        def step(counted: list[int] = steps) -> int:
            counted[0] += 1
            return 0

        view = view_of(config, shop, book, NOON + 80 * DAY + 100 * 10 * MINUTE, store)
        store.database.connection().set_progress_handler(step, 10)
        found = find_due(view, view.now - MINUTE)
        store.database.connection().set_progress_handler(None, 10)
        assert len(found) == 1
        costs.append(steps[0])
    assert costs[1] <= costs[0] * 1.5 + 20, costs


@pytest.mark.parametrize("kind", ["ordered", "anniversary"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_few_customers_are_asked_by_their_own_facts(
    store: Store, shop: Shop, config: Config, statements: list[tuple[str, Any]], kind: str
) -> None:
    """What waits is asked again every time it wakes: not by reading everybody's orders of those days."""
    many_customers(shop, 50)
    rule = rulebook(RULES[kind]).rules["r"]
    view = view_of(config, shop, rulebook(RULES[kind]), NOON + 400 * DAY, store)
    statements.clear()
    ask(Question(rule, view.scope("Europe/Warsaw"), view.now - 30 * DAY, view.now, customers=[1, 2, 3]))
    asked = [(sql, params) for sql, params in statements if "customer" in sql]
    plans = [
        store.database.execute_sql(f"explain query plan {sql}", params).fetchall() for sql, params in asked
    ]
    steps = [row[-1] for rows in plans for row in rows]
    assert steps
    assert not [step for step in steps if "orders_shop_id_at" in step], steps
