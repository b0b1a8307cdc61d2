"""Offers: a price that falls and a product that is back are facts of whoever was interested, each told once."""

from __future__ import annotations

from typing import Any

import pytest

from engine.intake.accepting import begin
from engine.intake.offers import News, _bought, _looked, news_of, tell_the_interested
from engine.store import Store
from models import Change, Event, Line, PriceDay
from tests.intake.optica import Optica, at, order, the_customer

LENS = {"id": "ACU-30", "price": "64.95", "stock": 0, "category": "optics", "brand": "Acuvue"}
LATER = LENS | {"price": "60.00", "stock": 3, "updated_at": "2026-06-02T10:00:00Z"}


@pytest.fixture
def optica(store: Store) -> Optica:
    """Anna has just looked at lenses that are out of stock."""
    optica = Optica(store)
    optica.products(LENS | {"updated_at": "2026-05-01T10:00:00Z"})
    optica.customers({"id": "anna"})
    optica.events(
        {"kind": "viewed", "customer": {"id": "anna"}, "product": "ACU-30", "at": "2026-05-20T10:00:00Z"}
    )
    Change.delete().execute()
    optica.now = at("2026-06-02T12:00:00")
    return optica


def told() -> list[tuple[Any, ...]]:
    """Lists the facts that products made."""
    rows = Event.select().where(Event.kind.in_(["price_dropped", "back_in_stock"])).order_by(Event.kind)
    return [
        (row.kind, row.customer.external_id, row.at, row.recorded_at, row.price_minor, row.properties)
        for row in rows
    ]


def test_each_piece_of_news_is_a_fact_with_both_its_moments_and_ticks_hear_of_it(optica: Optica) -> None:
    optica.products(LATER)
    happened = at("2026-06-02T10:00:00")
    assert told() == [
        ("back_in_stock", "anna", happened, optica.now, 6000, {}),
        ("price_dropped", "anna", happened, optica.now, 6000, {"percent": 7.62}),
    ]
    assert {(change.customer_id, change.at) for change in Change.select()} == {(the_customer().id, happened)}


def test_the_same_version_again_is_no_second_fact(optica: Optica) -> None:
    for _ in range(2):
        optica.products(LATER)
        optica.now += 1
    optica.products(LENS | {"updated_at": "2026-06-01T10:00:00Z"})  # an older version changes nothing
    optica.products(LATER)
    assert len(told()) == 2


def test_news_that_two_requests_bring_at_once_is_told_once(optica: Optica) -> None:
    intake = begin(optica.store, optica.config, optica.row, optica.now, False)
    news = News(
        "back_in_stock", 1, "ACU-30", optica.now, {"category": None, "brand": None, "price_minor": None}
    )
    for _ in range(2):
        tell_the_interested(intake, [news])
    assert len(told()) == 1


def test_who_looked_and_bought_hears_of_it_once(optica: Optica) -> None:
    optica.orders(order(placed_at="2026-05-21T10:00:00Z"))
    optica.products(LATER)
    assert len(told()) == 2


def test_history_tells_of_what_has_a_moment_as_of_then_and_wakes_nobody(optica: Optica) -> None:
    optica.products(LENS | {"price": "50.00"}, history=True)  # since when, nobody knows
    assert told() == []
    optica.products(LATER | {"price": "40.00", "updated_at": "2026-06-02T12:00:00Z"}, history=True)
    assert {(kind, happened, known) for kind, _, happened, known, *_ in told()} == {
        ("price_dropped", optica.now, optica.now), ("back_in_stock", optica.now, optica.now),
    }  # fmt: skip
    assert Change.select().count() == 0


def test_nobody_hears_of_a_stock_or_price_that_was_never_told() -> None:
    unknown = {"price_minor": None, "stock": None}
    known = {"price_minor": 100, "stock": 5}
    assert list(news_of(1, "A", unknown, known, 0)) == list(news_of(1, "A", known, unknown, 0)) == []
    assert [one.kind for one in news_of(1, "A", known | {"stock": -1}, known, 0)] == ["back_in_stock"]


def test_days_keep_the_lowest_price_and_the_last_one(optica: Optica) -> None:
    optica.now = at("2026-06-06T12:00:00")
    for hour, price in (("08", "70.00"), ("09", "55.00"), ("10", "60.00")):
        optica.products(LENS | {"price": price, "updated_at": f"2026-06-02T{hour}:00:00Z"})
    optica.products(LENS | {"price": "61.00", "updated_at": "2026-06-02T23:30:00Z"})
    optica.products(LENS | {"price": None, "updated_at": "2026-06-05T10:00:00Z"})
    days = PriceDay.select(PriceDay.day, PriceDay.lowest_minor, PriceDay.last_minor).order_by(PriceDay.day)
    assert list(days.tuples()) == [
        ("2026-05-01", 6495, 6495),
        ("2026-06-02", 5500, 6000),
        ("2026-06-03", 6000, 6100),  # half past one at night in Warsaw
        ("2026-06-05", 6100, None),
    ]


def test_what_an_order_gives_away_is_no_price_that_the_shop_has_told(optica: Optica) -> None:
    optica.orders(order(lines=[{"product": "NEW", "quantity": 1, "price": "99.00"}]))
    optica.products({"id": "NEW", "name": "New"})
    assert PriceDay.select().join(Event, on=(Event.product == "NEW")).count() == 0
    assert PriceDay.select().count() == 1


def test_who_was_interested_is_looked_up_by_index(optica: Optica) -> None:
    store, many = optica.store, 1500
    optica.orders(order("big", placed_at="2026-05-21T10:00:00Z"))
    said = Line.get().__data__ | {"id": None}
    Line.insert_many([said | {"id": 100 + n, "product": f"p{n}"} for n in range(many)]).execute()
    seen = {
        "shop": optica.row,
        "customer": said["customer"],
        "kind": "viewed",
        "at": said["at"],
        "recorded_at": 0,
    }
    Event.insert_many([seen | {"product": f"p{n}", "properties": {}} for n in range(many)]).execute()
    store.database.execute_sql("analyze")
    intake = begin(store, optica.config, optica.row, optica.now, False)
    for asked, index in ((_looked, "event_of_product"), (_bought, "line_shop_id_product_at")):
        sql, params = asked(intake, News("back_in_stock", 1, "p7", optica.now, {})).sql()
        explain = "explain " if store.postgresql else "explain query plan "
        plan = "\n".join(str(row) for row in store.database.execute_sql(explain + sql, params).fetchall())
        assert index in plan, plan
