"""One clock at a time ticks a shop, and one that lost its right cannot write, on either database."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engine.clock import HOUR, SECOND, Clock
from engine.errors import LeaseLost
from engine.lease import LASTS, acquire, name_of_this_process
from engine.store import Store
from models import Cursor, Setting, Shop


class HandClock(Clock):
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.at = 1_000 * HOUR

    def now(self) -> int:
        return self.at


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def shop(store: Store) -> int:
    made = Shop.create(
        key="optyk", name="Optyk", timezone="Europe/Warsaw", currency="PLN", country="PL", language="pl"
    )
    Cursor.create(shop=made, ticked_at=0)
    return int(made.id)


def test_the_second_clock_waits_while_the_first_holds_the_lease(
    store: Store, shop: int, clock: HandClock
) -> None:
    assert acquire(store, shop, "anna", clock)
    assert acquire(store, shop, "borys", clock) is None
    clock.at += LASTS - 1
    assert acquire(store, shop, "borys", clock) is None


def test_a_clock_that_paused_past_its_lease_and_wakes_cannot_write(
    store: Store, shop: int, clock: HandClock
) -> None:
    paused = acquire(store, shop, "anna", clock)
    clock.at += LASTS
    other = acquire(store, shop, "borys", clock)
    assert paused
    assert other
    with pytest.raises(LeaseLost), store.transaction():
        Setting.create(name="a cap that Anna's clock would break", value=1)
        paused.guard()
    assert Setting.select().count() == 0
    with store.transaction():
        Setting.create(name="what Borys's clock decides", value=1)
        other.guard()
    assert Setting.select().count() == 1


def test_a_clock_that_comes_back_to_its_name_after_another_held_it_has_a_new_epoch(
    store: Store, shop: int, clock: HandClock
) -> None:
    first = acquire(store, shop, "anna", clock)
    clock.at += LASTS
    assert acquire(store, shop, "borys", clock)
    clock.at += LASTS
    again = acquire(store, shop, "anna", clock)
    assert first
    assert again
    assert again.epoch == first.epoch + 2
    with pytest.raises(LeaseLost), store.transaction():
        first.guard()


def test_a_paused_clock_whom_nobody_replaced_goes_on(store: Store, shop: int, clock: HandClock) -> None:
    lease = acquire(store, shop, "anna", clock)
    assert lease
    clock.at += 2 * LASTS
    with store.transaction():
        lease.guard()
    assert acquire(store, shop, "borys", clock) is None, "the guard has renewed it"


def test_its_own_lease_is_renewed_without_a_new_epoch(store: Store, shop: int, clock: HandClock) -> None:
    first = acquire(store, shop, "anna", clock)
    clock.at += SECOND
    again = acquire(store, shop, "anna", clock)
    assert first
    assert again
    assert first.epoch == again.epoch
    assert Cursor.get().lease_until_at == clock.at + LASTS


def test_a_released_lease_is_free_at_once_and_a_lost_one_releases_nothing(
    store: Store, shop: int, clock: HandClock
) -> None:
    anna = acquire(store, shop, "anna", clock)
    assert anna
    anna.release(store)
    borys = acquire(store, shop, "borys", clock)
    assert borys
    anna.release(store)
    assert acquire(store, shop, "celina", clock) is None


def test_each_shop_has_a_lease_of_its_own_and_an_unknown_one_has_none(
    store: Store, shop: int, clock: HandClock
) -> None:
    assert acquire(store, shop, "anna", clock)
    assert acquire(store, shop + 1, "anna", clock) is None


def test_whoever_died_on_this_machine_is_not_waited_for(store: Store, shop: int, clock: HandClock) -> None:
    died = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    host, _, token = name_of_this_process().split(":")
    dead = acquire(store, shop, f"{host}:{int(died.stdout)}:{token}", clock)
    assert dead
    assert acquire(store, shop, name_of_this_process(), clock)
    with pytest.raises(LeaseLost), store.transaction():
        dead.guard()


def test_whoever_lives_or_is_of_another_machine_is_waited_for(
    store: Store, shop: int, clock: HandClock
) -> None:
    assert acquire(store, shop, name_of_this_process(), clock)
    assert acquire(store, shop, name_of_this_process(), clock) is None
    Cursor.update(owner="elsewhere:999999999:abcd").execute()
    assert acquire(store, shop, name_of_this_process(), clock) is None
