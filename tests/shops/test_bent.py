"""Answers and hooks with pieces torn out and put in wrongly: kept whole, set aside, or told; never a fault of ours."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.intake.pulling.asking import NotAnswered
from engine.store import Store, open_store
from models import TABLES, Order, Pull, RefusedMessage, Source
from tests.intake.optica import NOW
from tests.shops.desk import Asker, baselinker_at, woo_at
from tests.shops.fake_baselinker import FakeBaseLinker
from tests.shops.fake_woo import FakeWoo
from tests.shops.listening import listening
from tests.web.webhooks.test_horoshop import Hooks
from tests.web.webhooks.test_horoshop import order as horoshop_order
from tests.web.webhooks.test_hostile import bent

HOURS_AGO = NOW // 1_000_000 - 3600
MANY = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    """SQLite alone: what is asked is how messages are read."""
    found = open_store(sqlite_url)
    with found.use():
        yield found
    found.close()


def counts() -> dict[str, int]:
    kept = (Source, RefusedMessage, Pull)
    return {table._meta.table_name: table.select().count() for table in TABLES if table not in kept}


def asked_whole(here: Asker, name: str) -> None:
    """Asks, and demands that one answer ends in the facts, among what is set aside, or in an error that is kept."""
    before = counts()
    try:
        turn = here.ask(name)
    except NotAnswered:
        assert (Pull.get().error is not None, counts()) == (True, before)
        return
    if not turn.brought:
        assert counts() == before


@MANY
@given(data=st.data())
def test_a_bent_order_of_baselinker_is_kept_or_set_aside(sqlite_store: Store, data: st.DataObject) -> None:
    base = FakeBaseLinker(HOURS_AGO)
    base.place(Order.select().count() + 1)
    [number] = base.orders
    order = data.draw(bent(base.orders[number]))
    answers = {"getOrders": {"orders": [order]}, "getJournalList": {"logs": []}}

    def answer(*words: Any) -> Any:
        status, said = base.answer(*words)
        return status, said | answers.get(base.asked[-1][0], {})

    with listening(answer) as url:
        asked_whole(Asker(sqlite_store, baselinker_at(url)), "baselinker")


@MANY
@given(data=st.data())
def test_a_bent_order_of_woocommerce_is_kept_or_set_aside(sqlite_store: Store, data: st.DataObject) -> None:
    woo = FakeWoo(HOURS_AGO)
    woo.place(Order.select().count() + 1)
    [number] = woo.orders
    woo.refund(number, 5, "1.00", product=93)
    order, refunds = (
        data.draw(bent(woo.orders[number])),
        data.draw(bent({"refunds": woo.refunds[number], "a": 0, "b": 0, "c": 0})),
    )

    def answer(path: str, query: dict[str, str], headers: dict[str, str], body: bytes) -> Any:
        if path.endswith("/refunds"):
            return 200, copy.deepcopy(refunds.get("refunds", {}))
        return 200, [order] if query["status"] == "any" else []

    with listening(answer) as url:
        asked_whole(Asker(sqlite_store, woo_at(url)), "woocommerce")


@MANY
@given(data=st.data())
def test_a_bent_hook_of_horoshop_gets_an_answer(sqlite_store: Store, data: st.DataObject) -> None:
    shop = Hooks(sqlite_store)
    shop.app.config["PROPAGATE_EXCEPTIONS"] = False
    before = counts()
    event = data.draw(st.sampled_from(("order_created", "order_update", "user_signup", "comments_created")))
    answer = shop.put(event, data.draw(bent(horoshop_order())))
    assert answer.status_code in (200, 422), answer.text
    if answer.status_code != 200:
        assert counts() == before
