"""How soon a signed order of WooCommerce is answered while a tick and a sender run: a hundred a second, whoever waits.

python -m bench.webhooks [--seconds 30] [--rate 100] [--postgresql]

The load is open: each order goes out at its moment, whatever became of those before it, over as many connections as that needs;
its time runs from that moment on. All roles of one home are served, so that every order is ticked, decided and its
thank-you sent while the next ones come. The shop has 20,000 orders before that. With BENCH_ALONE=1, as root, the roles, the load
and PostgreSQL have the processors before everybody else on the machine.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random
from typing import Any

import psycopg

from bench.intake import command
from bench.latency import await_server
from bench.measure import Row
from bench.postgresql import fresh_database
from tests.postgresql import free_port

ROOT = Path(__file__).resolve().parents[1]
RATE, SECONDS, WARM = 100, 30, 5  # a second; seconds; of these at the beginning not counted
LIMIT = 0.25  # seconds, at the 99th percentile
CONNECTIONS = 64
BEFORE = 20_000
SECRET = "a secret of the bench's shop"


@dataclass(frozen=True)
class Measured:
    """What came of the load: seconds from each order's moment to its answer, the shortest first, and what went on meanwhile."""

    waits: Sequence[float]
    refused: int
    mails: int
    processor: float  # seconds that all roles used for one second of load
    load: float  # of the machine, when it was over

    def at(self, share: float) -> float:
        """Returns the seconds within which this share was answered."""
        return self.waits[min(len(self.waits) - 1, int(len(self.waits) * share))]


def rows(server: str | None) -> Iterator[Row]:
    """Yields a row for each database."""
    yield _row("SQLite", measured(None, RATE, SECONDS))
    if server:
        yield _row("PostgreSQL", measured(fresh_database(server, "bench_webhooks"), RATE, SECONDS))


def _row(name: str, found: Measured) -> Row:
    what = (
        f"webhook, {RATE}/s for {SECONDS} s, {name}, 99th percentile (median {found.at(0.5) * 1000:.0f} ms, {found.mails:,} mails"
        f" sent meanwhile, {found.processor:.2f} processors used, load {found.load:.0f})"
    )
    if found.refused:
        raise SystemExit(f"{found.refused} orders were not answered with 200")
    return Row(what, f"{LIMIT * 1000:.0f} ms", f"{found.at(0.99) * 1000:.0f} ms", found.at(0.99) / LIMIT, 1)


def measured(database: str | None, rate: int, seconds: int) -> Measured:
    """Serves a home, loads it, and returns what came of it."""
    if database:
        _database_before_all(database)
    with _served(database) as (port, process):
        count = rate * (seconds + WARM)
        began_with = _mails(port)
        used = _processor(process.pid)
        began = time.monotonic()
        answers = _load(port, [_order(number) for number in range(count)], rate)
        took = time.monotonic() - began
        used = _processor(process.pid) - used
        counted = answers[rate * WARM :]
        refused = sum(status != 200 for status, _ in answers)
        waits = sorted(wait for _, wait in counted)
        return Measured(waits, refused, _mails(port) - began_with, used / took, os.getloadavg()[0])


@contextmanager
def _served(database: str | None) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Starts all roles over a home that knows orders already, with the shipped rules."""
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as name:
        folder, port = Path(name), free_port()
        shop = {"shop": "bench", "name": "Bench", "postal": "ul. Prosta 1, Warszawa",
            "website": "https://bench.example",
                "sender": {"name": "Bench", "address": "shop@bench.example"},
                "webhooks": {"woocommerce": {"secrets": [SECRET]}}}  # fmt: skip
        config = {
            "shops": [shop],
            "templates": str(ROOT / "templates"),
            **({"database": database} if database else {}),
        }
        (folder / "config.yaml").write_text(json.dumps(config))
        args = ["--config", str(folder / "config.yaml"), "--home", str(folder / "home")]
        command(["migrate", *args])
        history = folder / "history.ndjson"
        history.write_text("".join(json.dumps(_past(number)) + "\n" for number in range(BEFORE)), "utf-8")
        command(["import", str(history), *args])
        serve = [sys.executable, str(ROOT / "server.py"), "serve", *args, "--port", str(port)]
        with (folder / "serve.log").open("w") as log:
            process = subprocess.Popen(serve, stdout=log, stderr=log, cwd=ROOT, preexec_fn=_before_all)
        try:
            await_server(port)
            yield port, process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _before_all() -> None:
    """Gives this process, and what it starts, the processors before all others, where that is asked for."""
    if os.environ.get("BENCH_ALONE") == "1":
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


def _database_before_all(url: str) -> None:
    """Does the same for PostgreSQL's first process, and so for those that it starts from now on to serve somebody."""
    if os.environ.get("BENCH_ALONE") != "1":
        return
    with psycopg.connect(url) as connection:
        [pid] = connection.execute("select pg_backend_pid()").fetchone() or (0,)
        parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        os.sched_setscheduler(parent, os.SCHED_RR, os.sched_param(1))


def _past(number: int) -> dict[str, Any]:
    """Returns an order of the year before, by one of some thousand customers."""
    random = Random(number)
    who = f"p{random.randrange(BEFORE // 4)}"
    at = datetime.fromtimestamp(time.time() - 86_400 * random.randrange(2, 360), UTC).isoformat()
    line = {
        "product": f"{random.randrange(500)}",
        "name": "Krem",
        "category": "cosmetics/face",
        "price": "39.90",
        "quantity": 1,
    }
    return {
        "id": f"past{number}",
        "placed_at": at,
        "customer": {"id": who, "email": f"{who}@bench.example"},
        "lines": [line],
    }


def _order(number: int) -> bytes:
    """Returns an order as WooCommerce posts it, without its moments, which are put in when it goes out."""
    goods = Random(number).sample(range(500), 3)
    lines = [
        {"id": 300 + place, "name": f"Product {one}", "product_id": one, "variation_id": 0, "quantity": 1 + one % 2,
            "total": "32.44",
         "total_tax": "7.46", "sku": f"SKU-{one}", "price": 32.44, "image": {"id": 1,
             "src": "https://bench.example/a.png"}}
        for place, one in enumerate(goods)
    ]  # fmt: skip
    billing = {
        "first_name": "Anna",
        "last_name": "Nowak",
        "city": "Kraków",
        "country": "PL",
        "email": f"w{number}@bench.example",
    }
    return json.dumps({
        "id": number + 1, "status": "processing", "currency": "PLN", "date_created_gmt": "MOMENT",
        "date_modified_gmt": "MOMENT",
        "total": "119.70", "customer_id": number + 1, "created_via": "checkout", "payment_method": "przelewy24",
        "billing": billing,
        "shipping": billing, "meta_data": [{"id": n, "key": f"_field_{n}", "value": "x" * 40} for n in range(20)],
        "line_items": lines, "coupon_lines": [], "refunds": [],
    }).encode()  # fmt: skip


def _load(port: int, orders: Sequence[bytes], rate: int) -> list[tuple[int, float]]:
    """Sends each order at its moment, by whoever is free, and returns status and seconds from that moment on, order by order."""
    found: list[tuple[int, float]] = [(0, 0.0)] * len(orders)
    todo: queue.SimpleQueue[int | None] = queue.SimpleQueue()
    began = time.monotonic() + 0.5

    def sender() -> None:
        _before_all()
        client = HTTPConnection("127.0.0.1", port, timeout=60)
        while (number := todo.get()) is not None:
            status = _post(client, orders[number])
            found[number] = (status, time.monotonic() - (began + number / rate))
        client.close()

    _before_all()
    threads = [threading.Thread(target=sender) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for number in range(len(orders)):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        todo.put(number)
    for _ in threads:
        todo.put(None)
    for thread in threads:
        thread.join()
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    return found


def _post(client: HTTPConnection, order: bytes) -> int:
    body = order.replace(b"MOMENT", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}".encode())
    proof = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    headers = {
        "Content-Type": "application/json",
        "X-WC-Webhook-Topic": "order.created",
        "X-WC-Webhook-Signature": proof,
    }
    try:
        client.request("POST", "/webhooks/bench/woocommerce", body, headers)
        answer = client.getresponse()
        answer.read()
    except (OSError, HTTPException):
        client.close()
        return 0
    return answer.status


def _mails(port: int) -> int:
    """Returns how many mails were sent so far, as /metrics counts them."""
    client = HTTPConnection("127.0.0.1", port, timeout=60)
    client.request("GET", "/metrics")
    lines = client.getresponse().read().decode().splitlines()
    client.close()
    return int(
        sum(
            float(line.split()[-1])
            for line in lines
            if line.startswith("regulars_mails_total") and 'state="sent"' in line
        )
    )


def _processor(pid: int) -> float:
    """Returns the seconds that a process and those below it have used, as long as they live."""
    parents: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        child = int(place.parent.name)
        parents.setdefault(int(fields[1]), []).append(child)
        used[child] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    family, found = [pid], 0.0
    while family:
        one = family.pop()
        found += used.get(one, 0.0)
        family += parents.get(one, [])
    return found


def main() -> int:
    """Prints the spread for one database."""
    parser = argparse.ArgumentParser(prog="python -m bench.webhooks")
    parser.add_argument("--rate", type=int, default=RATE)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument("--postgresql", metavar="URL", help="an empty database instead of SQLite")
    args = parser.parse_args()
    found = measured(args.postgresql, args.rate, args.seconds)
    spread = ", ".join(f"{share:.1%} {found.at(share) * 1000:.0f} ms" for share in (0.5, 0.9, 0.99, 0.999))
    print(
        f"{len(found.waits)} orders at {args.rate}/s: {spread}; {found.refused} refused, {found.mails} mails meanwhile,"
    )
    print(f"{found.processor:.2f} processors used by all roles, the machine's load {found.load:.1f}")
    return 0 if found.at(0.99) <= LIMIT and not found.refused else 1


if __name__ == "__main__":
    sys.exit(main())
