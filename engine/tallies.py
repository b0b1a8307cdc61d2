"""Counters for /metrics: gathered in memory and added to the store now and then, so that no mail waits for them."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter

from peewee import DatabaseError, InterfaceError

from engine.store import Store
from models import Tally

SPECIAL = re.compile(r"[^A-Za-z0-9 _.:/+-]")  # what Prometheus would want escaped, or a name may not hold
LONGEST = 64
TOLD_EVERY = 10.0  # seconds between two writings of what a role has counted


class Tallies:
    """The counters of one process. What was gathered is lost with a killed process: at most `patience` seconds of it."""

    def __init__(self) -> None:
        self.patience = 0.0  # seconds between two writings; who counts often sets it higher
        self._gathered: Counter[tuple[str, str]] = Counter()
        self._written = 0.0
        self._turn = threading.Lock()

    def add(self, name: str, number: int = 1, /, **labels: str | None) -> None:
        """Counts so many more of something."""
        told = ",".join(f'{key}="{_plain(value)}"' for key, value in sorted(labels.items()) if value)
        with self._turn:
            self._gathered[name, told] += number

    def write(self, store: Store, at_once: bool = False) -> None:
        """Adds what was gathered to the store, where it is time; an unreachable store is tried again later."""
        if not at_once and time.monotonic() - self._written < self.patience:
            return
        with self._turn:
            gathered, self._gathered = self._gathered, Counter()
        self._written = time.monotonic()
        try:
            if gathered:
                _write(store, gathered)
        except (DatabaseError, InterfaceError):
            with self._turn:
                self._gathered.update(gathered)


def _write(store: Store, gathered: Counter[tuple[str, str]]) -> None:
    with store.transaction():
        for (name, labels), number in sorted(gathered.items()):
            row = Tally.insert(name=name, labels=labels, count=number)
            more = {Tally.count: Tally.count + number}
            row.on_conflict(conflict_target=[Tally.name, Tally.labels], update=more).execute()


def _plain(text: str) -> str:
    return SPECIAL.sub("_", text)[:LONGEST]


tallies = Tallies()


def counted(name: str) -> dict[str, int]:
    """Returns the counters of a name, by their labels."""
    rows = Tally.select(Tally.labels, Tally.count).where(Tally.name == name).order_by(Tally.labels)
    return dict(rows.tuples())
