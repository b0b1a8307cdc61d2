"""Orders are found by their coupon's index, and goals by each customer's own: neither reads a shop's whole history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.clock import DAY
from engine.config import Config
from engine.feedback.goals import reached
from engine.loyalty.standing import redemptions
from engine.store import Store
from models import Order, Shop
from tests.matching.conftest import NOON, many_customers, rulebook, view_of

GOAL = "- {rule: r, when: {ordered: any}, send: plain, goal: {bought: {category: optics}, within: 14 days}}"


@pytest.fixture
def plan(store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], str]:
    """Asks something of a shop with some hundred customers and returns how the database finds its orders and lines."""
    original = store.database.execute_sql

    def planned(ask: Callable[[], object]) -> str:
        original("analyze")
        if store.postgresql:
            original("set enable_seqscan = off")
        asked: list[tuple[str, Any]] = []

        def listening(sql: str, params: Any = None, *more: Any, **options: Any) -> Any:
            asked.append((sql, params))
            return original(sql, params, *more, **options)

        with monkeypatch.context() as here:
            here.setattr(store.database, "execute_sql", listening)
            ask()
        explain = "explain " if store.postgresql else "explain query plan "
        about = [(sql, params) for sql, params in asked if '"orders"' in sql or '"line"' in sql]
        assert about
        return "\n".join(
            str(row) for sql, params in about for row in original(explain + sql, params).fetchall()
        )

    return planned


def test_the_order_that_used_a_coupon_is_found_by_it(
    store: Store,
    shop: Shop,
    plan: Callable[[Callable[[], object]], str],
) -> None:
    many_customers(shop, 300)
    Order.update(coupon="GIFT-1").where(Order.external_id == "o7").execute()
    found: dict[str, Any] = {}
    told = plan(lambda: found.update(redemptions(shop.id, ["GIFT-1"])))
    assert "orders_of_coupon" in told
    assert found["GIFT-1"].order == "o7"


def test_goals_are_looked_up_customer_by_customer(
    store: Store,
    shop: Shop,
    config: Config,
    plan: Callable[[Callable[[], object]], str],
) -> None:
    many_customers(shop, 300)
    book = rulebook(GOAL)
    view = view_of(config, shop, book, NOON + 40 * DAY, store)
    told = plan(lambda: reached(view, book.rules["r"], [(1, NOON - DAY), (2, NOON - DAY)]))
    assert "line_customer_id_at" in told
