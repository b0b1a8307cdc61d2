"""A deletion says neither what nor when: it is kept until its order comes, and undone by the order's return."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.clock import DAY, HOUR, MINUTE, SECOND
from engine.consent.erasure import erase
from engine.intake.connectors.woocommerce import told
from engine.intake.gone import is_ours
from engine.intake.keeping import keep
from engine.roles.retention import prune
from engine.store import Store
from models import Change, Customer, Event, Line, Order
from tests.intake.optica import NOW, Optica, at, the_order
from tests.intake.test_any_order_of_arrival import facts
from tests.web.webhooks.shops import HOOKED, Systems, shopify_order, woo_order

GONE: dict[str, Any] = {"id": 727}


@pytest.fixture
def shop(store: Store) -> Systems:
    return Systems(store)


def test_a_deletion_that_comes_before_its_order_is_kept_until_it_comes(shop: Systems) -> None:
    assert shop.woo("order.deleted", GONE).get_json() == {"accepted": 1, "unchanged": 0}
    assert shop.woo("order.deleted", GONE).get_json() == {"accepted": 0, "unchanged": 1}
    shop.clock.at += MINUTE
    assert shop.woo("order.created", woo_order()).get_json() == {"accepted": 1, "unchanged": 0}
    order = the_order("727")
    assert (order.status, order.total_minor, order.void_at) == ("cancelled", 12990, order.cancelled_at)
    assert order.void_at is not None
    assert {line.void_at for line in Line.select()} == {order.void_at}
    assert (
        shop.woo(
            "order.updated", woo_order(total="99.00", date_modified_gmt="2026-05-20T10:06:00")
        ).status_code
        == 200
    )
    again = the_order("727")
    assert (again.status, again.total_minor, again.void_at) == ("cancelled", 9900, order.void_at)
    assert shop.woo("order.deleted", GONE).get_json() == {"accepted": 0, "unchanged": 1}


def test_shopifys_deletion_that_comes_first_is_kept_as_well(shop: Systems) -> None:
    number = shopify_order()["id"]
    shop.shopify("orders/delete", {"id": number})
    shop.shopify("orders/create", shopify_order())
    assert (the_order(str(number)).status, the_order(str(number)).void_at is None) == ("cancelled", False)


def test_an_order_that_the_shop_took_back_counts_whichever_word_comes_first(shop: Systems) -> None:
    back = woo_order(date_modified_gmt="2026-05-20T10:09:00")
    shop.clock.at = at("2026-05-20T10:10:00")
    shop.woo("order.created", woo_order())
    shop.woo("order.restored", back)
    shop.clock.at += MINUTE
    assert shop.woo("order.deleted", GONE).get_json() == {"accepted": 0, "unchanged": 1}
    assert (the_order("727").status, the_order("727").void_at) == ("paid", None)


def test_what_is_deleted_again_hours_after_its_return_is_gone(shop: Systems) -> None:
    shop.clock.at = at("2026-05-20T10:06:00")
    shop.woo("order.created", woo_order())
    shop.woo("order.deleted", GONE)
    back = woo_order(date_modified_gmt="2026-05-20T10:05:30")  # by a clock that lags behind ours
    shop.woo("order.restored", back)
    assert (the_order("727").status, the_order("727").void_at) == ("paid", None)
    assert {line.void_at for line in Line.select()} == {None}
    shop.clock.at += 2 * HOUR
    shop.woo("order.deleted", GONE)
    shop.woo("order.restored", back)
    assert the_order("727").status == "cancelled"


def test_ticks_are_told_of_an_order_that_was_deleted_and_of_its_return(shop: Systems) -> None:
    shop.woo("order.created", woo_order())
    for topic, sent in (
        ("order.deleted", GONE),
        ("order.restored", woo_order(date_modified_gmt="2026-06-01T11:59:00")),
    ):
        Change.delete().execute()
        shop.woo(topic, sent)
        assert Change.select().where(Change.at == 0).exists(), topic


def test_an_erasure_leaves_no_trace_of_the_deleted_order(shop: Systems) -> None:
    shop.woo("order.deleted", GONE)
    shop.woo("order.created", woo_order())
    assert Event.select().count() == 1
    erase(shop.store, Customer.get(), NOW)
    assert (Event.select().count(), Order.select().count()) == (0, 0)


@st.composite
def messages(draw: st.DrawFn) -> tuple[list[tuple[str, dict[str, Any]]], list[tuple[str, dict[str, Any]]]]:
    """What happened to one order, and the same in any order of arrival, some of it twice."""
    happened: list[tuple[str, dict[str, Any]]] = [("order.created", woo_order())]
    statuses = st.sampled_from(("pending", "processing", "completed", "cancelled"))
    for minute in sorted(draw(st.sets(st.integers(6, 20), max_size=3))):
        happened.append(
            ("order.updated", changed(minute, draw(statuses), draw(st.sampled_from(("129.90", "99.00")))))
        )
    if draw(st.booleans()):
        happened.append(("order.deleted", GONE))
        if draw(st.booleans()):
            happened.append(("order.restored", changed(25, "processing", "129.90")))
            if draw(st.booleans()):
                happened.append(("order.updated", changed(28, draw(statuses), "89.00")))
    twice = draw(st.lists(st.sampled_from(happened), max_size=3))
    return happened, draw(st.permutations(happened + twice))


def changed(minute: int, status: str, total: str) -> dict[str, Any]:
    return woo_order(status=status, total=total, date_modified_gmt=f"2026-05-20T10:{minute:02}:00")


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(messages())
def test_any_order_of_arrival_of_deletions_and_returns_ends_in_the_same_facts(
    store: Store, case: Any
) -> None:
    seen = []
    for way in case:
        with store.transaction() as undone:
            optica = Optica(store, now=at("2026-05-20T10:30:00"))
            for topic, sent in way:
                optica.now += 7 * SECOND
                keep(store, optica.config, optica.row, told(topic, sent, {}, {}), optica.now)
            seen.append((bare(facts()), fate()))
            undone.rollback()
    assert seen[0] == seen[1]
    topics = [topic for topic, _ in case[0]]
    gone = "order.deleted" in topics and "order.restored" not in topics
    assert not gone or seen[0][1] == ("cancelled", True)


def fate() -> tuple[str, bool]:
    order = the_order("727")
    return order.status, order.void_at is not None


def bare(found: list[Any]) -> list[Any]:
    """Facts without the very moments that we have given to deletions, which are those of their arrival."""
    return [
        [[(name, "ours" if value.isdigit() and len(value) == 16 and is_ours(int(value)) else value) for name, value in row]
         for row in table]
        for table in found
    ]  # fmt: skip


def test_words_of_deleted_orders_are_thrown_away_after_400_days(shop: Systems) -> None:
    for number in (1, 2):
        shop.woo("order.deleted", {"id": number})
        shop.clock.at += 10 * DAY
    home: Any = SimpleNamespace(
        store=shop.store, config=HOOKED, clock=SimpleNamespace(now=lambda: NOW + 405 * DAY)
    )
    assert prune(home)["event"] == 1
    assert [event.external_order for event in Event.select()] == ["2"]
