"""`import` measured: a sheet of order lines, drawn from a seed, brought into a fresh home; its time and its memory.

python -m bench.history [LINES]        # `python -m bench --only memory` makes a row of the table of it, of ten million
"""

from __future__ import annotations

import csv
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from bench.measure import Row

ROOT = Path(__file__).resolve().parents[1]
MARKS = (1_000_000, 5_000_000, 10_000_000)  # lines, at which the memory is looked at
LINES = int(os.environ.get("BENCH_LINES", MARKS[-1]))
COLUMNS = (
    "order_id", "placed_at", "status", "currency", "total", "customer_id", "email", "first_name", "last_name", "gender",
    "city", "country", "product", "name", "category", "brand", "quantity", "price",
)  # fmt: skip


def rows(lines: int) -> Iterator[list[str]]:
    """Yields the rows of orders of one to six lines over three years, by a tenth as many customers as lines."""
    random, written, number = Random(7), 0, 0
    while written < lines:
        number += 1
        goods = random.sample(range(5000), min(random.randrange(1, 7), lines - written))
        order = [(p, random.randrange(1, 4), 500 + p * 7 % 20_000) for p in goods]
        placed = datetime(2023, 1, 1) + timedelta(seconds=number * 90e6 / lines)
        who, total = random.randrange(max(lines // 10, 1)), sum(q * price for _, q, price in order)
        head = [f"o{number}", f"{placed:%Y-%m-%dT%H:%M:%SZ}", "paid", "PLN", f"{total / 100:.2f}", f"c{who}"]
        head += [
            f"c{who}@shop.example",
            f"Imię{who % 50}",
            f"Nazwisko{who % 300}",
            "female" if who % 2 else "male",
        ]
        head += [f"Miasto{who % 20}", "PL"]
        for p, quantity, price in order:
            category = f"dept{p % 10}/leaf{p % 6}"
            yield [
                *head,
                f"P{p}",
                f"Product {p}",
                category,
                f"Brand {p % 50}",
                str(quantity),
                f"{price / 100:.2f}",
            ]
        written += len(order)


@dataclass(frozen=True)
class Brought:
    """One import: how long it took, what it cost, and its memory at most, in MB, when it had read so many lines."""

    code: int
    seconds: float
    processor: float
    memory: dict[int, int]


def bring(lines: int) -> Brought:
    """Writes the sheet and imports it into a home of its own."""
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as name:
        sheet, home = Path(name) / "lines.csv", Path(name) / "home"
        with sheet.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow(COLUMNS)
            csv.writer(file).writerows(rows(lines))
        server = [sys.executable, str(ROOT / "server.py")]
        subprocess.run([*server, "migrate", "--home", str(home)], check=True, stdout=subprocess.DEVNULL)
        began = time.perf_counter()
        process = subprocess.Popen([*server, "import", str(sheet), "--home", str(home)])
        memory = _watched(process, home, [mark for mark in MARKS if mark < lines])
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        cpu = used.ru_utime + used.ru_stime
        memory[lines] = used.ru_maxrss // 1024
        return Brought(process.returncode, time.perf_counter() - began, cpu, memory)


def _watched(process: subprocess.Popen[bytes], home: Path, marks: Sequence[int]) -> dict[int, int]:
    """Returns the most memory that the process had used when its progress, as the store tells it, came to each mark."""
    found: dict[int, int] = {}
    for mark in marks:
        while _lines(home) < mark:
            if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                return found
            time.sleep(0.5)
        status = Path(f"/proc/{process.pid}/status").read_text()
        found[mark] = (
            next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024
        )
        print(f"  {mark:,} lines: at most {found[mark]} MB", flush=True)
    return found


def _lines(home: Path) -> int:
    with closing(sqlite3.connect(f"file:{home}/regulars.db?mode=ro", uri=True)) as store:
        [row] = store.execute("select max(value) from setting where name like 'import:%'").fetchall()
    return int(json.loads(row[0])["lines"]) if row[0] else 0


def memory_rows() -> Iterator[Row]:
    """Yields whether the memory of an import stays where it was after the first million lines; BENCH_LINES says of how many."""
    done = bring(LINES)
    if done.code:
        raise SystemExit("the import failed")
    begun = min(done.memory)
    first, last = done.memory[begun], done.memory[LINES]
    said = f"memory of an import of {LINES:,} lines, SQLite ({done.processor:,.0f} s of a processor), against {begun:,}"
    yield Row(said, f"{first} MB", f"{last} MB", last / first, 1.1)


def main() -> int:
    """Prints how long an import took and how much memory at most."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 1_500_000
    done = bring(lines)
    print(
        f"{lines:,} lines: {done.seconds:.0f} s ({done.processor:.0f} s of a processor), at most {done.memory[lines]} MB"
    )
    return done.code


if __name__ == "__main__":
    sys.exit(main())
