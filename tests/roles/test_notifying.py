"""The clock's process tells endpoints beside its ticks; without endpoints it starts nothing and asks nothing."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from engine.clock import MINUTE, instant, moment
from engine.live import Live
from engine.notices import listen
from engine.roles.notifying import Teller, telling_endpoints
from engine.store import Store
from models import Change, GoalLook, Message, Notice
from tests.notifying.receiver import Receiver, Told, silent
from tests.notifying.test_happenings import RULE, hand_over
from tests.outbox.shop import NOON
from tests.waiting import until


class Home:
    """A home as the roles know it, over a store of the test's."""

    def __init__(self, told: Told, folder: Path) -> None:
        self.config, self.store, self.clock, self.path = told.config, told.store, told.clock, folder
        self.rules, self.templates, self.key = folder / "rules", folder / "templates", b"key"
        self.rules.mkdir()
        (self.rules / "refill.yaml").write_text(RULE, "utf-8")


@pytest.fixture
def home(store: Store, told: Told, tmp_path: Path) -> Any:
    return Home(told, tmp_path)


@pytest.fixture
def receiver() -> Any:
    opened = Receiver()
    yield opened
    opened.close()


@pytest.fixture
def told(store: Store, receiver: Receiver) -> Told:
    return Told(store, receiver, timeout_seconds=5)


def test_from_a_tick_to_the_receiver_a_goal_takes_no_hand(home: Any, told: Told, receiver: Receiver) -> None:
    [key] = hand_over(told, "Anna")
    live = Live(home)
    live.prepare(NOON)
    anna = Message.get_by_id(key).customer
    told.shop.order(anna, at=NOON + 2 * MINUTE)
    Change.create(shop=told.shop.shop, customer=anna, at=NOON + 2 * MINUTE, recorded_at=NOON + 2 * MINUTE)
    told.clock.at = NOON + 5 * MINUTE
    [shop] = live.shops()
    live.tick_shop(shop, told.clock.at)
    assert {row.customer_id for row in GoalLook.select()} == {anna.id}
    with telling_endpoints(home, live):
        until(lambda: len(receiver.bodies) == 2)
        until(lambda: not Notice.select().where(Notice.state == "waiting").exists())
    assert sorted(said["type"] for said in receiver.told) == ["goal.reached", "message.sent"]
    goal = next(said for said in receiver.told if said["type"] == "goal.reached")
    assert instant(moment(NOON + 2 * MINUTE)) == NOON + 2 * MINUTE
    assert (goal["timestamp"], goal["data"]["goal"], goal["data"]["customer"]) == (
        "2026-03-01T11:02:00.000Z",
        "ordered",
        "anna",
    )


def test_a_receiver_that_says_nothing_keeps_nobody_waiting(home: Any, told: Told, receiver: Receiver) -> None:
    hand_over(told, "Anna")
    receiver.manners.append(silent)
    from engine.notifying.rounds import Notifier

    teller = Teller(home, Live(home), Notifier(home, "one"))
    teller.once()
    until(lambda: receiver.heads)
    teller.once()  # is done although the first post still waits for its answer
    assert len(teller.busy) == 1
    receiver.done.set()
    for thread in teller.busy.values():
        thread.join()


def test_without_endpoints_no_thread_is_started(home: Any, store: Store) -> None:
    before = threading.active_count()
    listen(
        store,
        home.config.model_copy(
            update={"shops": (home.config.shops[0].model_copy(update={"endpoints": ()}),)}
        ),
    )
    with telling_endpoints(home, Live(home)):
        assert threading.active_count() == before
