"""Several requests at once: nobody is made twice, nothing is missed, nothing deadlocks for good."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from engine import bulk
from engine.intake import accept_orders, accept_refunds
from engine.store import Store, open_store
from models import Address, Customer, Line, Order, OrderVersion, Refund
from tests.intake.optica import CONFIG, Optica, line, order, the_order
from tests.waiting import until

ROUNDS = 6


@pytest.fixture
def optica(store: Store) -> Optica:
    return Optica(store)


def all_at_once(optica: Optica, *acts: Callable[[Store], Any]) -> None:
    """Runs the acts at the same time, each on a connection of its own, and raises what any of them raised."""
    start, failures = threading.Barrier(len(acts)), []

    def run(act: Callable[[Store], Any]) -> None:
        other = open_store(optica.store.url)
        try:
            with other.use():
                start.wait(20)
                act(other)
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)
        finally:
            other.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []


def orders(optica: Optica, *items: dict[str, Any]) -> Callable[[Store], Any]:
    return lambda store: accept_orders(store, CONFIG, optica.row, list(items), optica.now)


def refunds(optica: Optica, *items: dict[str, Any]) -> Callable[[Store], Any]:
    return lambda store: accept_refunds(store, CONFIG, optica.row, list(items), optica.now)


def test_the_same_new_order_from_four_workers_is_one_order(optica: Optica) -> None:
    for number in range(ROUNDS):
        all_at_once(optica, *[orders(optica, order(str(number)))] * 4)
    assert (Order.select().count(), OrderVersion.select().count(), Line.select().count()) == (ROUNDS,) * 3
    assert (Customer.select().count(), Address.select().count()) == (1, 1)


def test_a_long_list_waits_for_another_and_does_not_begin_anew_because_of_it(optica: Optica) -> None:
    """Where it did, one that shared something new with each of seven others gave up at the sixth."""
    mine, theirs = (
        [order(f"{who}-{n}", customer={"id": who}) for n in range(bulk.LONG + 1)] for who in ("anna", "borys")
    )
    tries: list[int] = []

    def attempt(store: Store) -> None:
        tries.append(1)
        orders(optica, *theirs)(store)

    def rival(store: Store) -> None:
        arrived.set()
        bulk.in_transaction(store, lambda: attempt(store))

    def mine_first(store: Store) -> None:
        with store.transaction():
            orders(optica, *mine)(store)
            holding.set()
            assert arrived.wait(20)
            until(lambda: not store.postgresql or _somebody_waits(store), every=0.01)

    arrived, holding = threading.Event(), threading.Event()
    all_at_once(optica, mine_first, lambda store: holding.wait(20) and rival(store))
    assert len(tries) == 1
    assert Order.select().count() == len(mine) + len(theirs)


def _somebody_waits(store: Store) -> bool:
    asked = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    return bool(bulk.run(store, asked)[0][0])


def test_first_orders_of_one_guest_make_one_guest(optica: Optica) -> None:
    for number in range(ROUNDS):
        guest = {"email": f"guest{number}@example.com"}
        all_at_once(optica, *[orders(optica, order(f"{number}-{i}", customer=guest)) for i in range(3)])
    assert Customer.select().count() == ROUNDS


def test_versions_of_one_order_that_come_together_settle_as_if_one_by_one(optica: Optica) -> None:
    said = ("pending", "paid", "shipped", "cancelled")
    for number in range(ROUNDS):
        versions = [
            order(str(number), status=status, updated_at=f"2026-03-0{day}T10:00:00Z")
            for day, status in enumerate(said, 1)
        ]
        all_at_once(optica, *[orders(optica, one) for one in versions])
        assert (the_order(str(number)).status, the_order(str(number)).void_at) == (
            "cancelled",
            the_order(str(number)).cancelled_at,
        )


def test_an_order_and_its_refund_that_come_together_find_each_other(optica: Optica) -> None:
    for number in range(ROUNDS):
        refund = {"id": f"r{number}", "order": str(number), "at": "2026-03-05T10:00:00Z"}
        all_at_once(optica, orders(optica, order(str(number))), refunds(optica, refund))
    assert Refund.select().where(Refund.order.is_null()).count() == 0
    assert Order.select().where(Order.void_at.is_null()).count() == 0


def test_batches_that_name_the_same_customers_in_opposite_order_both_arrive(optica: Optica) -> None:
    def batch(name: str, numbers: range) -> list[dict[str, Any]]:
        return [
            order(f"{name}{i}", customer={"id": f"c{i}", "email": f"c{i}@example.com"}, lines=[line(f"P{i}")])
            for i in numbers
        ]

    all_at_once(
        optica, orders(optica, *batch("a", range(60))), orders(optica, *batch("b", range(59, -1, -1)))
    )
    assert (Order.select().count(), Customer.select().count()) == (120, 60)
