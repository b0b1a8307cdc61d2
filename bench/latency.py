"""How long a customer waits for a thank-you while orders keep coming.

`python -m bench.latency [--rate 50] [--seconds 30]` starts a server with all its processes on SQLite, with the shipped
rules and policy, pushes orders over HTTP at a steady pace, each by a new customer, and prints the median and the 99th
percentile from the push of an order until its thank-you stands in the catcher. Exit 1 where the slowest took five
seconds or more.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PUSHERS = 4
LIMIT = 5.0  # seconds, DESIGN.md
PATIENCE = 120.0


def main(arguments: list[str]) -> int:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(prog="bench.latency")
    parser.add_argument("--rate", type=float, default=50, help="orders a second")
    parser.add_argument("--seconds", type=float, default=30)
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (port, key):
        pushed = push_all(port, key, args.rate, int(args.rate * args.seconds))
        took = max(pushed.values()) - min(pushed.values())
        waits = await_mails(port, pushed)
    return report(waits, len(pushed), took)


@contextmanager
def served(home: Path) -> Iterator[tuple[int, str]]:
    """Starts all roles in a new home and gives port and API key."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, str(ROOT / "server.py")]
    subprocess.run([*command, "migrate", "--home", str(home)], check=True, stdout=subprocess.DEVNULL)
    made = subprocess.run(
        [*command, "keys", "create", "--name", "bench", "--home", str(home)],
        check=True,
        capture_output=True,
        text=True,
    )
    with (home / "serve.log").open("w") as log:
        server = subprocess.Popen([*command, "serve", "--home", str(home), "--port", str(port)], stderr=log)
    try:
        await_server(port)
        yield port, made.stdout.strip()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def await_server(port: int) -> None:
    """Waits until the server answers."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server did not answer")


def push_all(port: int, key: str, rate: float, orders: int) -> dict[str, float]:
    """Pushes the orders at their pace and returns when each customer's went out, in seconds since the epoch."""
    pushed: dict[str, float] = {}
    began = time.monotonic()

    def pusher(first: int) -> None:
        shop = HTTPConnection("127.0.0.1", port, timeout=60)
        for number in range(first, orders, PUSHERS):
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
            pushed[f"c{number}@example.com"] = time.time()
            push(shop, key, number)
        shop.close()

    threads = [threading.Thread(target=pusher, args=(first,)) for first in range(PUSHERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return pushed


def push(shop: HTTPConnection, key: str, number: int) -> None:
    """Pushes one order of this moment and insists on 201."""
    line = {
        "product": f"P{number % 50}",
        "name": "Krem",
        "category": "cosmetics/face",
        "price": "39.90",
        "quantity": 1,
    }
    customer = {"id": f"c{number}", "email": f"c{number}@example.com", "first_name": "Anna", "country": "PL"}
    now = datetime.now(UTC).isoformat()
    order = {"id": str(number), "placed_at": now, "customer": customer, "lines": [line]}
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    shop.request("POST", "/api/v1/orders", json.dumps(order), headers)
    answer = shop.getresponse()
    body = answer.read()
    if answer.status != 201:
        raise SystemExit(f"order {number} was answered {answer.status}: {body[:200]!r}")


def await_mails(port: int, pushed: dict[str, float]) -> list[float]:
    """Waits for all thank-yous and returns the seconds that each took, the shortest first."""
    until = time.monotonic() + PATIENCE
    while True:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/mailbox.json", timeout=60) as answer:
            mails = json.loads(answer.read())
        at = {
            mail["to"]: datetime.fromisoformat(re.sub("Z$", "+00:00", mail["at"])).timestamp()
            for mail in mails
        }
        if pushed.keys() <= at.keys():
            return sorted(at[to] - sent for to, sent in pushed.items())
        if time.monotonic() > until:
            raise SystemExit(f"{len(pushed.keys() - at.keys())} of {len(pushed)} thank-yous did not come")
        time.sleep(1)


def report(waits: list[float], orders: int, took: float) -> int:
    """Prints the row and returns the exit code."""
    median, high, worst = waits[len(waits) // 2], waits[int(len(waits) * 0.99)], waits[-1]
    print(f"{orders} orders in {took:.1f} s, {orders / took:.0f} a second")
    print(f"order to thank-you: median {median:.2f} s, 99th percentile {high:.2f} s, slowest {worst:.2f} s")
    print(f"limit {LIMIT:.0f} s: {'kept' if worst < LIMIT else 'NOT KEPT'}")
    return 0 if worst < LIMIT else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
