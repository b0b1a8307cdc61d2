"""Intake over HTTP: batches against raw executemany of the same rows, single orders against a view and a commit."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from bench.measure import RUNS, Row
from bench.postgresql import fresh_database
from bench.raw import raw, written
from tests.postgresql import free_port

ROOT = Path(__file__).resolve().parents[1]
BATCHES, EACH, SINGLES, CLIENTS = 8, 500, 400, 8


def orders(first: int, count: int) -> list[dict[str, Any]]:
    """Draws orders of three lines by customers who are mostly new."""
    random = Random(first)
    return [_order(random, first + n) for n in range(count)]


def _order(random: Random, number: int) -> dict[str, Any]:
    who = random.randrange(1_000_000)
    goods = random.sample(range(5000), 3)
    lines = [{"product": f"P{p}", "name": f"Product {p}", "category": f"dept{p % 10}/leaf{p % 6}", "brand": f"Brand {p % 50}",
              "quantity": 1 + p % 3, "price": f"{5 + p % 200}.50"} for p in goods]  # fmt: skip
    customer = {
        "id": f"c{who}",
        "email": f"c{who}@bench.example",
        "first_name": "Anna",
        "city": "Kraków",
        "country": "PL",
    }
    return {"id": f"o{number}", "placed_at": "2026-01-01T10:00:00+01:00", "status": "paid", "currency": "PLN",
            "customer": customer, "lines": lines}  # fmt: skip


@contextmanager
def served(database: str | None) -> Iterator[tuple[Path, int, str]]:
    """Serves a fresh home; gives its folder, port and API key."""
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as name:
        folder, port = Path(name), free_port()
        config = folder / "config.yaml"
        shop = {"shop": "bench", "name": "Bench", "postal": "ul. Prosta 1, Warszawa",
                "sender": {"name": "Bench", "address": "shop@bench.example"}}  # fmt: skip
        config.write_text(json.dumps({"shops": [shop], **({"database": database} if database else {})}))
        args = ["--config", str(config), "--home", str(folder / "home")]
        command(["migrate", *args])
        key = json.loads(command(["keys", "create", "--name", "bench", "--json", *args]))["key"]
        web = [sys.executable, str(ROOT / "server.py"), "serve", *args, "--role", "web", "--port", str(port)]
        process = subprocess.Popen(web, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(port)
            yield folder, port, key
        finally:
            process.terminate()
            process.wait(30)


def command(words: list[str]) -> str:
    """Runs a command of the server."""
    return subprocess.run(
        [sys.executable, str(ROOT / "server.py"), *words], check=True, capture_output=True, text=True
    ).stdout


@contextmanager
def empty_view() -> Iterator[int]:
    """Serves a Flask view that does nothing, by gunicorn with the web role's own settings."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.empty_view", str(port)], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        try:
            client = HTTPConnection("127.0.0.1", port, timeout=30)
            client.request("GET", "/health")
            client.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server does not answer")


def rate(port: int, bodies: Sequence[bytes], key: str, path: str = "/api/v1/orders") -> float:
    """Posts the bodies over a few connections and returns how many a second were answered with 2xx."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def client(mine: Sequence[bytes]) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=120)
        for body in mine:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status // 100 != 2:
                raise AssertionError(f"{answer.status}: {text[:300]!r}")
        connection.close()

    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client, [bodies[n::CLIENTS] for n in range(CLIENTS)]))
    return len(bodies) / (time.perf_counter() - began)


def batches(name: str, server: str | None) -> Row:
    """Measures lists of 500 orders against executemany of what they become, in turn."""
    with served(fresh_database(server, "bench_intake") if server else None) as (folder, port, key):
        sent = [json.dumps(orders(n * EACH, EACH)).encode() for n in range(BATCHES * (RUNS + 1))]
        rate(port, sent[:BATCHES], key)
        ours, theirs = [], []
        with raw(_raw_database(server), folder) as by_hand:
            by_hand.insert(written(folder), BATCHES)
            for run in range(1, RUNS + 1):
                ours.append(rate(port, sent[run * BATCHES : (run + 1) * BATCHES], key) * EACH)
                rows = written(folder, by_hand.newest)
                theirs.append(len(rows["orders"]) / by_hand.insert(rows, BATCHES))
    return _row(f"intake, lists of {EACH} over HTTP, {name}", median(theirs), median(ours), 0.3)


def singles(name: str, server: str | None) -> Row:
    """Measures single orders against an empty view and one durable commit each of the same rows, in turn."""
    with (
        served(fresh_database(server, "bench_intake") if server else None) as (folder, port, key),
        empty_view() as plain,
    ):
        nothing = [b"{}"] * SINGLES
        sent = [json.dumps(one).encode() for one in orders(0, SINGLES * (RUNS + 1))]
        rate(port, sent[:SINGLES], key)
        rate(plain, nothing, "", "/")
        ours, views, commits = [], [], []
        with raw(_raw_database(server), folder) as by_hand:
            by_hand.insert(written(folder), SINGLES)
            for run in range(1, RUNS + 1):
                ours.append(rate(port, sent[run * SINGLES : (run + 1) * SINGLES], key))
                views.append(rate(plain, nothing, "", "/"))
                commits.append(SINGLES / by_hand.insert(written(folder, by_hand.newest), SINGLES))
    limit = 1 / (1 / median(views) + 1 / median(commits))
    said = f"view {median(views):,.0f}/s, commit {median(commits):,.0f}/s"
    return _row(f"intake, single orders over HTTP, {name} ({said})", limit, median(ours), 0.5)


def _raw_database(server: str | None) -> str | None:
    if server is None:
        return None
    from engine.store import open_store

    url = fresh_database(server, "bench_raw")
    open_store(url).create().close()
    return url


def _row(what: str, limit: float, ours: float, target: float) -> Row:
    return Row(what, f"{limit:,.0f} orders/s", f"{ours:,.0f} orders/s", ours / limit, target, at_least=True)


def rows(server: str | None) -> Iterator[Row]:
    """Yields the rows of intake, on each store."""
    yield batches("SQLite", None)
    yield singles("SQLite", None)
    if server:
        yield batches("PostgreSQL", server)
        yield singles("PostgreSQL", server)
