"""Sending: two senders with everything on, against postfix's smtp-source; both send to postfix's smtp-sink.

Everything on: each mail is claimed, its consents and suppressions are asked again under the lock of its address, it is
rendered from the shipped templates with the goods that go with it, and every state is committed to the disk. smtp-source
writes the same bytes again and again. It has two sessions, as there are two senders, and opens a connection for each mail,
as it does by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psycopg

from bench.intake import command
from bench.mailing import fill, queue
from bench.measure import RUNS, Row
from bench.postfix import Postfix, find_postfix, processor_of, sink, source
from bench.postgresql import fresh_database
from bench.store import HOME
from engine.cli.home import Home, open_home
from engine.clock import Clock
from engine.delivery.compose import compose_all
from engine.delivery.templates import Templates
from engine.outbox.rows import by_keys
from engine.wake import SENDER, wake
from models import OPEN_STATES, Message

ROOT = Path(__file__).resolve().parents[1]
MAILS, SENDERS = 1_000, 2
MANY = 2_000  # of smtp-source's
PATIENCE = 300  # seconds


def rows(server: str | None) -> Iterator[Row]:
    """Yields the rows of sending, on each store; none, with the reason, where smtp-source cannot be had."""
    postfix = find_postfix(HOME / "postfix")
    if isinstance(postfix, str):
        print(f"  LEFT OUT: sending: {postfix}", flush=True)
        return
    yield _row(postfix, "SQLite", None)
    if server:
        yield _row(postfix, "PostgreSQL", fresh_database(server, "bench_sending"))


def _row(postfix: Postfix, name: str, database: str | None) -> Row:
    with sink(postfix) as (port, pid), _home(database, port) as (home, folder):
        length = _length(home)
        with _senders(folder) as senders:
            _sent(home)  # templates compiled, connections open
            ours, theirs, kept = Runs(), Runs(), Runs()
            for _ in range(RUNS):
                with _alone((*senders, pid, *_children(database))):
                    ours.add(MAILS, lambda: _sent(home), (*senders, pid))
                    theirs.add(MANY, lambda: source(postfix, port, SENDERS, MANY, length), (pid,))
                    kept.add(MANY, lambda: source(postfix, port, SENDERS, MANY, length, "-d"), (pid,))
    cost = f"{ours.cost:,.0f} µs of a processor a mail with the sink's, smtp-source {theirs.cost:,.0f}"
    what = f"sending, everything on, two senders, {name}, mails of {length:,} bytes ({cost}; over kept connections {kept})"
    return Row(what, str(theirs), str(ours), ours.rate / theirs.rate, 0.5, at_least=True)


@contextmanager
def _alone(processes: Sequence[int]) -> Iterator[None]:
    """With BENCH_ALONE=1, as root, gives these processes and this one the processors before all others, for the while."""
    if os.environ.get("BENCH_ALONE") != "1":
        yield
        return
    for pid in (*processes, 0):
        os.sched_setscheduler(pid, os.SCHED_RR, os.sched_param(1))
    try:
        yield
    finally:
        for pid in (*processes, 0):
            os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0))


def _children(database: str | None) -> list[int]:
    """Returns the processes of the database's server that serve this bench."""
    if database is None:
        return []
    with psycopg.connect(database) as connection:
        found = connection.execute(
            "select pid from pg_stat_activity where pid <> pg_backend_pid()"
        ).fetchall()
    return [pid for (pid,) in found]


class Runs:
    """What some runs took: by the clock, and of a processor."""

    def __init__(self) -> None:
        self.rates: list[float] = []
        self.costs: list[float] = []

    def add(self, mails: int, work: Callable[[], float], processes: Sequence[int]) -> None:
        """Does the work once, which says how long it took; counts the processes, and what it started itself."""
        before = _spent(processes)
        self.rates.append(mails / work())
        self.costs.append((_spent(processes) - before) / mails * 1e6)

    @property
    def rate(self) -> float:
        """Returns mails a second."""
        return median(self.rates)

    @property
    def cost(self) -> float:
        """Returns microseconds of a processor a mail."""
        return median(self.costs)

    def __str__(self) -> str:
        return f"{self.rate:,.0f} mails/s"


def _spent(processes: Sequence[int]) -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(map(processor_of, processes)) + ended.ru_utime + ended.ru_stime


@contextmanager
def _home(database: str | None, port: int) -> Iterator[tuple[Home, Path]]:
    """Makes a home whose relay is the sink, with customers, orders and goods."""
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as name:
        folder = Path(name)
        shop = {"shop": "bench", "name": "Bench", "postal": "ul. Prosta 1, Warszawa",
                "sender": {"name": "Sklep Próbny", "address": "shop@bench.example"}}  # fmt: skip
        relay = {"host": "127.0.0.1", "port": port, "tls": "none"}
        more = {"database": database} if database else {}
        (folder / "config.yaml").write_text(json.dumps({"shops": [shop], "relay": relay, **more}))
        command(["migrate", *_words(folder)])
        home = open_home(argparse.Namespace(
            config=str(folder / "config.yaml"), rules=str(ROOT / "rules"), home=str(folder / "home")
        ))  # fmt: skip
        try:
            fill(home.store)
            yield home, folder
        finally:
            home.store.close()


def _words(folder: Path) -> list[str]:
    return ["--config", str(folder / "config.yaml"), "--home", str(folder / "home")]


@contextmanager
def _senders(folder: Path) -> Iterator[list[int]]:
    """Runs two processes of the sender's role."""
    start = [sys.executable, str(ROOT / "server.py"), "serve", *_words(folder), "--role", "sender"]
    running = [
        subprocess.Popen(start, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(SENDERS)
    ]
    try:
        yield [process.pid for process in running]
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(30)


def _sent(home: Home) -> float:
    """Queues mails, wakes the senders and returns the seconds until the last was settled."""
    queue(home.store, MAILS)
    began, ends = Clock().now(), time.monotonic() + PATIENCE
    wake(home.path, SENDER)
    with home.store.use():
        while Message.select(Message.id).where(Message.state << OPEN_STATES).first() is not None:
            if time.monotonic() > ends:
                raise SystemExit("the senders do not come to an end")
            time.sleep(0.05)
        newest = Message.select(Message.state, Message.settled_at).order_by(Message.id.desc()).limit(MAILS)
        states = list(newest.tuples())
    if {state for state, _ in states} != {"sent"}:
        raise SystemExit(f"not everything was sent: { ({state for state, _ in states}) }")
    return (max(at for _, at in states) - began) / 1e6


def _length(home: Home) -> int:
    """Returns how long the mails are on average."""
    queue(home.store, 20)
    with home.store.use():
        keys = [key for (key,) in Message.select(Message.id).where(Message.state == "queued").tuples()]
        templates = Templates(home.templates / "email")
        made, refused = compose_all(
            home.store, by_keys(keys), home.config, templates, home.key, Clock().now()
        )
    if refused:
        raise SystemExit(refused[0][2])
    return sum(len(each.letter.raw) for each in made) // len(made)
