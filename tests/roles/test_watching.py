"""Who watches: the clock each minute, and each sender beside its work, so that one of them dying is told by the other."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from engine.cli.home import Home
from engine.clock import HOUR
from engine.roles.housekeeping import housekeeping
from engine.roles.sending import run_sending
from engine.store import Store
from models import Cursor, Overdue
from tests.delivery.sink import Sink
from tests.delivery.test_sender import Standing
from tests.outbox.shop import NOON, Optician, config
from tests.waiting import until

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


class Running(Standing):
    """A clock on which a minute passes whenever somebody looks."""

    def now(self) -> int:
        self.at += 60_000_000
        return self.at


def _home(store: Store, tmp_path: Path, port: int, clock: Any) -> Home:
    optician = Optician(store)
    Cursor.create(shop=optician.shop, ticked_at=NOON - HOUR)
    settings = config(relay={"host": "127.0.0.1", "port": port}, watchdog={"to": "ops@firma.example"})
    return Home(settings, store, clock, tmp_path, tmp_path / "rules", TEMPLATES)


def test_the_clock_looks_each_minute_beside_its_ticks(store: Store, tmp_path: Path) -> None:
    with Sink() as sink:
        home = _home(store, tmp_path, sink.port, Standing())
        acts = {act.__name__: (act, seconds) for act, seconds in housekeeping(home).items()}
        act, seconds = acts["watchdog"]
        assert seconds == 60
        act()
        until(lambda: len(sink.accepted) == 1)
        until(lambda: Overdue.get().told_at is not None)
    assert Overdue.get().what == "clock:optyk:"


@pytest.mark.parametrize("clock", [Standing(), Running()], ids=["has just started", "has run for a minute"])
def test_a_sender_looks_each_minute_but_not_when_it_starts(
    store: Store, tmp_path: Path, clock: Standing
) -> None:
    stop = threading.Event()
    with Sink() as sink:
        home = _home(store, tmp_path, sink.port, clock)
        thread = threading.Thread(target=run_sending, args=(home, stop))
        thread.start()
        try:
            if isinstance(clock, Running):
                until(lambda: len(sink.accepted) == 1)
            else:
                stop.wait(1.5)
        finally:
            stop.set()
            thread.join()
        assert len(sink.accepted) == int(isinstance(clock, Running))
