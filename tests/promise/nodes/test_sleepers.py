"""A machine that falls asleep in the midst of a transaction does not hold the others up for ever."""

from __future__ import annotations

import threading

import pytest
from peewee import OperationalError

from engine.store import open_store
from models import Setting

pytestmark = pytest.mark.postgresql


def test_whoever_sleeps_in_a_transaction_loses_it_to_those_who_wait(postgresql_url: str) -> None:
    sleeper = open_store(f"{postgresql_url}?options=-c%20idle_in_transaction_session_timeout%3D300")
    waiting = open_store(postgresql_url)
    with waiting.use():
        Setting.create(name="a cap", value=0)
    held, gone = threading.Event(), threading.Event()

    def sleep() -> None:
        with sleeper.use(), pytest.raises(OperationalError), sleeper.transaction():
            Setting.update(value=1).execute()
            held.set()
            gone.wait(30)
            Setting.update(value=2).execute()

    asleep = threading.Thread(target=sleep)
    asleep.start()
    assert held.wait(10)
    with waiting.use():
        assert Setting.update(value=3).execute() == 1  # waits until PostgreSQL has given up on the sleeper
        gone.set()
        asleep.join()
        assert Setting.get().value == 3
    for store in (sleeper, waiting):
        store.close()


def test_every_store_says_so_unless_its_url_has_options_of_its_own(postgresql_url: str) -> None:
    for url, expected in ((postgresql_url, "2min"), (f"{postgresql_url}?options=", "0")):
        store = open_store(url)
        with store.use():
            asked = store.database.execute_sql("show idle_in_transaction_session_timeout")
            assert asked.fetchone()[0] == expected
        store.close()
