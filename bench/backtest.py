"""A backtest of a year against the same rules as whole-store scans in hand-written SQL, once a simulated day.

    python -m bench.backtest STORE.db        # the year alone, in a process of its own: what it prints is JSON

The scans are those of bench/by_hand.py with the index of their anchors taken away; what they ask of a customer may still be
looked up. They answer for one of the two zones and decide nothing, so that the limit does less than it might. Of the
bench's rules one is asked of everybody instead of three cities: so a year has a million candidates.
"""

from __future__ import annotations

import importlib.util
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType

from bench import shape
from bench.matching import rulebook
from bench.measure import Row
from bench.shape import DAY, NOW, Size
from bench.store import HOME, config
from engine.policy.history import Draw
from engine.rehearsal.backtest.outcome import outcome
from engine.rehearsal.backtest.play import Plan, play, whole_days
from engine.rehearsal.backtest.scratch import scratch_of
from engine.rulebook.ast import Rulebook
from engine.store import Store, open_store
from models import Decision, Message

LAST_DAY, DAYS, SCANNED = date(2026, 6, 8), 365, 10
TARGET, LONGEST_SECONDS, MOST_BYTES = 0.2, 600, 2_000_000_000
EVERYWHERE = "welcome-3"
ANCHORS = re.compile(r"(from (?:line|orders|customer) [ac]) ")


def rows(store: Store, size: Size) -> Iterator[Row]:
    """Yields the ratio to the scans in processor time, the time that went by, and the memory."""
    a_day = _scan_seconds(store)
    found = _year(store)
    what = f"backtest of a year, SQLite: 20 rules, {size.customers:,} customers, {found['candidates']:,} candidates"
    limit = a_day * DAYS
    yield Row(what, f"{limit:,.0f} s", f"{found['processor']:,.0f} s", found["processor"] / limit, TARGET)
    seconds, most = found["seconds"], found["bytes"]
    yield Row(
        f"its time, {found['mails']:,} mails",
        "10 min",
        f"{seconds / 60:.1f} min",
        seconds / LONGEST_SECONDS,
        1,
    )
    yield Row("its memory", "2 GB", f"{most / 1e9:.2f} GB", most / MOST_BYTES, 1)


def _scan_seconds(store: Store) -> float:
    """Returns how much of a processor one day's scans take, of ten days all over the year."""
    with store.use():
        cursor, spent = store.database.cursor(), 0.0
        for number in range(SCANNED):
            by_hand = _as_of(NOW - (2 + number * DAYS // SCANNED) * DAY)
            began = time.process_time()
            for rule, statement in by_hand.STATEMENTS:
                plain = statement.replace(by_hand.CITIES, "1 = 1") if rule == EVERYWHERE else statement
                cursor.execute(ANCHORS.sub(r"\1 not indexed ", plain)).fetchall()
            spent += time.process_time() - began
    return spent / SCANNED


def _as_of(now: int) -> ModuleType:
    """Reads the hand-written statements for another moment: their moments are worked out when they are read."""
    spec = importlib.util.find_spec("bench.by_hand")
    if spec is None or spec.loader is None:
        raise ImportError("bench/by_hand.py is not there")
    module = importlib.util.module_from_spec(spec)
    with _standing(now):
        spec.loader.exec_module(module)
    return module


@contextmanager
def _standing(now: int) -> Iterator[None]:
    shape.NOW = now
    try:
        yield
    finally:
        shape.NOW = NOW


def _year(store: Store) -> dict[str, float]:
    """Plays the year in a process of its own, whose memory is then nobody else's."""
    file = store.url.removeprefix("sqlite:///")
    found = subprocess.run(
        [sys.executable, "-m", "bench.backtest", file], capture_output=True, text=True, check=True
    )
    return dict(json.loads(found.stdout))


def _rules() -> Rulebook:
    book = rulebook()
    return replace(book, rules={**book.rules, EVERYWHERE: replace(book.rules[EVERYWHERE], who=None)})


def main(file: str, days: int = DAYS) -> None:
    """Plays so many days and prints what it took."""
    settings, home, began = config(), open_store(f"sqlite:///{Path(file).absolute()}"), time.perf_counter()
    start, until = whole_days(LAST_DAY - timedelta(days=days - 1), LAST_DAY, settings.shops[0].timezone)
    plan = Plan(settings, settings.shops[0], 1, _rules(), start, until, Draw(b"bench"), lambda due: True)
    with (
        tempfile.TemporaryDirectory(dir=HOME) as folder,
        scratch_of(home, Path(folder), "bench", fresh=True) as scratch,
    ):
        for done in play(plan, scratch):
            if done % 10 == 0:
                print(f"{done} days, {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
        outcome(plan, scratch, NOW)
        candidates = Decision.select(Decision.rule, Decision.customer, Decision.anchor).distinct().count()
        mails = Message.select().count()
    print(json.dumps({
        "days": days, "candidates": candidates, "mails": mails, "seconds": time.perf_counter() - began,
        "processor": time.process_time(), "bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }))  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
