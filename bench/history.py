"""`import` measured: a sheet of order lines, drawn from a seed, brought into a fresh home; its time and its memory.

python -m bench.history [LINES]
"""

from __future__ import annotations

import csv
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[1]
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


def main() -> int:
    """Writes the sheet, imports it, and prints how long that took and how much memory at most."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 1_500_000
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as name:
        sheet, home = Path(name) / "lines.csv", ["--home", str(Path(name) / "home")]
        with sheet.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow(COLUMNS)
            csv.writer(file).writerows(rows(lines))
        subprocess.run(
            [sys.executable, str(ROOT / "server.py"), "migrate", *home], check=True, stdout=subprocess.DEVNULL
        )
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, str(ROOT / "server.py"), "import", str(sheet), *home], check=False
        )
        seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    print(
        f"{lines:,} lines: {seconds:.0f} s ({cpu:.0f} s of a processor), at most {used.ru_maxrss // 1024} MB"
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
