"""Counters: added up by every process, written now and then, and never in the way of what they count."""

from __future__ import annotations

import threading

import pytest
from peewee import OperationalError

from engine import tallies as counting
from engine.store import Store, open_store
from engine.tallies import Tallies, counted
from models import Tally


def test_two_processes_add_to_the_same_counter(store: Store) -> None:
    for number in (2, 3):
        process = Tallies()
        process.add("messages", number, state="sent", purpose="marketing")
        process.add("messages", state="refused", purpose=None)
        process.write(store)
    assert counted("messages") == {'purpose="marketing",state="sent"': 5, 'state="refused"': 2}


def test_nothing_is_written_before_its_time_and_everything_at_the_end(store: Store) -> None:
    process = Tallies()
    process.patience = 60.0
    process.write(store)
    process.add("orders")
    process.write(store)
    assert counted("orders") == {}
    process.write(store, at_once=True)
    process.write(store, at_once=True)
    assert counted("orders") == {"": 1}


def test_a_store_that_is_away_costs_no_count(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    process = Tallies()
    process.add("orders", 7)

    def fail(*_: object) -> None:
        raise OperationalError("disk I/O error")

    monkeypatch.setattr(counting, "_write", fail)
    process.write(store)
    monkeypatch.undo()
    process.add("orders")
    process.write(store)
    assert counted("orders") == {"": 8}


def test_a_label_is_plain_whatever_it_is_made_of() -> None:
    process = Tallies()
    process.add("messages", reason='a"b\nc{d}' + "x" * 500)
    [(_, label)] = process._gathered
    assert label == 'reason="a_b_c_d_' + "x" * 56 + '"'


def test_threads_and_connections_lose_nothing(store: Store) -> None:
    process = Tallies()

    def count() -> None:
        other = open_store(store.url)
        with other.use():
            for _ in range(20):
                process.add("orders")
                process.write(other)
        other.close()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    process.write(store, at_once=True)
    assert counted("orders") == {"": 80}
    assert Tally.select().count() == 1
