"""`make bench`: measures everything that DESIGN promises as a ratio, prints the table, and fails where one is missed.

    python -m bench [--plans] [--only matching,tick,…,sending] [--without postgresql]

BENCH_SCALE is how many customers the larger store has (default 1000000). The stores are made once, in var/bench.
`memory` is measured only where --only names it: it imports ten million lines, for half an hour.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack

from bench import arbitration, explain, matching, preview, rule_tests
from bench.measure import RUNS, Row, ms, show
from bench.postgresql import postgresql_store, running
from bench.shape import Size, sizes
from bench.store import SCALE, sqlite_store
from engine.store import Store

PARTS = (
    "matching",
    "tick",
    "growth",
    "preview",
    "explain",
    "arbitration",
    "rule-tests",
    "backtest",
    "intake",
    "sending",
    "webhooks",
    "import",
)


def main() -> int:
    """Measures what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--plans", action="store_true", help="print the query plans")
    parser.add_argument("--only", default=",".join(PARTS), help="parts to measure")
    parser.add_argument("--without", default="", choices=["", "postgresql"])
    args = parser.parse_args()
    print(
        f"BENCH_SCALE={SCALE:,} customers in the larger store; medians of {RUNS} interleaved runs", flush=True
    )
    rows: list[Row] = []
    with ExitStack() as stack:
        url = None if args.without else stack.enter_context(running())
        for row in measured(args.only.split(","), url, args.plans):
            rows.append(row)
            print(f"  {row.what}: {row.ratio:.2f}x", flush=True)
    return show(rows)


def measured(only: list[str], url: str | None, plans: bool) -> Iterator[Row]:
    """Yields the rows, one after another."""
    small, large = sizes(SCALE)
    if set(only) & {"matching", "tick", "growth", "preview", "explain"}:
        pairs: list[tuple[str, Store, Store]] = [("SQLite", sqlite_store(small), sqlite_store(large))]
        if url:
            pairs.append(("PostgreSQL", postgresql_store(url, small), postgresql_store(url, large)))
        for name, little, big in pairs:
            with big.use():
                if plans:
                    matching.print_plans(big, name)
                if "matching" in only:
                    yield matching.matching(big, name, large)
                if "tick" in only:
                    yield matching.whole_tick(big, name)
                if "preview" in only:
                    yield from preview.rows(big, name, large)
                if "explain" in only:
                    yield from explain.rows(big, name, large)
            if "growth" in only:
                yield from matching.growth(name, little, big)
            little.close()
            big.close()
    yield from _of_their_own(only, url, large)


def _of_their_own(only: list[str], url: str | None, large: Size) -> Iterator[Row]:
    """Yields the rows that need no large store, or one of their own."""
    if "arbitration" in only:
        found = arbitration.run()
        yield Row(found["name"], ms(found["limit"]), ms(found["measured"]), found["ratio"], found["target"])
    if "rule-tests" in only:
        yield from rule_tests.rows()
    if "backtest" in only:
        from bench import backtest

        whole = sqlite_store(large)
        yield from backtest.rows(whole, large)
        whole.close()
    if "intake" in only:
        from bench import intake

        yield from intake.rows(url)
    if "sending" in only:
        from bench import sending

        yield from sending.rows(url)
    yield from _of_files_and_webhooks(only, url)


def _of_files_and_webhooks(only: list[str], url: str | None) -> Iterator[Row]:
    """Yields the rows of what shops bring from files, and post by themselves."""
    if "webhooks" in only:
        from bench import webhooks

        yield from webhooks.rows(url)
    if "import" in only:
        from bench import importing

        yield from importing.rows()
    if "memory" in only:
        from bench import history

        yield from history.memory_rows()


if __name__ == "__main__":
    sys.exit(main())
