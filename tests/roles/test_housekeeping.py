"""What may take minutes is done beside the ticks, once at a time."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

from engine.clock import DAY
from engine.roles.housekeeping import Beside, pair_up
from engine.store import Store
from models import Together
from tests.outbox.shop import NOON, Optician


def home_of(store: Store) -> Any:
    return SimpleNamespace(store=store, clock=SimpleNamespace(now=lambda: NOON))


def test_what_is_bought_together_is_worked_out_once_a_day_for_every_shop(store: Store) -> None:
    optician = Optician(store)
    for name in ("Anna", "Borys"):
        optician.order(optician.customer(name), name, NOON - DAY, ACU30=1, CASE=1)
    assert pair_up(home_of(store)) == 2
    assert pair_up(home_of(store)) == 0
    assert Together.select().count() == 2


def test_nobody_waits_for_it_and_it_is_never_begun_twice(store: Store) -> None:
    going, begun = threading.Event(), []

    def slowly(home: Any) -> None:
        begun.append(1)
        going.wait(10)

    beside = Beside(home_of(store), slowly)
    beside.start()
    beside.start()
    going.set()
    assert beside.thread is not None
    beside.thread.join()
    assert begun == [1]
