"""Roles are killed at random moments while orders come in, ticks decide and mails go out; the sink counts what came."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from engine.clock import SECOND
from tests.promise.conftest import Figures
from tests.promise.crashes.crew import Crew
from tests.promise.crashes.home import Home
from tests.promise.crashes.sink import Relay
from tests.promise.crashes.verdict import verdict
from tests.waiting import until

SHORT = 8
LONG = {"SQLite": 600, "PostgreSQL": 400}
TILLS = 4  # that push orders side by side
REST = 0.1  # seconds at most between two orders of a till
LULL = 0.5  # seconds at most between two kills
ORDERS_EACH = 8  # between two kills, at most; each has four mails
AT_MOST = 20
SLOWNESS = 0.01  # seconds at most that the relay thinks about a mail


@contextmanager
def trade(crew: Crew, chance: random.Random) -> Iterator[None]:
    """Pushes orders from several tills until the block ends; each till ends with an order that was accepted.

    Where the machine is busy the kills set the pace: what comes in between two of them is bounded.
    """
    home = crew.home
    closed, numbers, faults = threading.Event(), count(), list[BaseException]()

    def till() -> None:
        try:
            while not closed.is_set():
                if len(home.accepted) < ORDERS_EACH * (crew.kills + 10):
                    home.push([f"k{next(numbers)}" for _ in range(chance.choice((1, 1, 1, 2, 5)))], 120)
                closed.wait(chance.uniform(0, REST))
        except BaseException as fault:  # noqa: BLE001 - told by the test's own thread
            faults.append(fault)

    tills = [threading.Thread(target=till, daemon=True) for _ in range(TILLS)]
    for each in tills:
        each.start()
    try:
        yield
    finally:
        closed.set()
        for each in tills:
            each.join(150)
    assert not faults, faults


def prove(folder: Path, database: str | None, kills: int, name: str, figures: Figures, seed: int) -> None:
    """Kills so many times under load, lets everything come to its end, and holds the count against the promise."""
    chance = random.Random(seed)
    with Relay(SLOWNESS) as relay:
        home = Home(folder, relay, database)
        crew = Crew(home, chance)
        try:
            crew.start_all()
            with trade(crew, random.Random(seed + 1)):
                until(lambda: len(relay.copies) > TILLS, 60)
                for _ in range(kills):
                    threading.Event().wait(chance.uniform(0, LULL))
                    home.step(chance.randrange(1, 8) * SECOND)
                    crew.kill_somebody()
            until(lambda: home.answers("/health"), 60)
            home.settle_down()
            counted = verdict(home, relay)
        finally:
            crew.stop()
            home.close()
    most = max(crew.in_doubt, default=0)
    figures(
        name, kills=crew.kills, restarts=crew.starts - 4, **counted.figures(), most_in_doubt_at_a_crash=most
    )
    counted.demand()
    assert most <= AT_MOST
    assert counted.unknown <= sum(crew.in_doubt), "offers became unknown without a crash"


def seed() -> int:
    """Returns what chance begins with: PROVE_SEED repeats a run, up to what the machine's own pace makes of it."""
    return int(os.environ.get("PROVE_SEED", random.SystemRandom().randrange(2**32)))


def test_a_few_kills_at_random_moments_lose_no_order_and_double_no_offer(
    tmp_path: Path, figures: Figures
) -> None:
    prove(tmp_path, None, SHORT, f"{SHORT} kills at random moments, SQLite", figures, seed())


@pytest.mark.long
@pytest.mark.parametrize("kind", ["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.postgresql)])
def test_a_thousand_kills_at_random_moments_lose_no_order_and_double_no_offer(
    tmp_path: Path, figures: Figures, kind: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("empty_postgresql_url") if kind == "PostgreSQL" else None
    kills = LONG[kind]
    prove(tmp_path, url, kills, f"{kills} kills at random moments, {kind}", figures, seed())
