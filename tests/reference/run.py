"""The long comparison: python -m tests.reference.run --cases 20000 [--seed N] [--postgresql 0.05] [--jobs 2]

Prints progress and the table of what the cases met. Exits 1 where the two readings differ, with the case made small as YAML
(`--replay FILE` plays such a file again), or where too few cases met a kind of trouble; 0 if all agree.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from engine.store import Store, open_store
from tests.reference.compare import Compared, compare, taken_back
from tests.reference.databases import postgresql_databases
from tests.reference.histories_drawn import story
from tests.reference.kinds import missing, table
from tests.reference.shrink import shrink
from tests.reference.written import read

CHUNK = 50
SHOWN = 5


@dataclass
class Tally:
    """What some cases came to."""

    cases: Counter[str] = field(default_factory=Counter)  # by database
    kinds: Counter[str] = field(default_factory=Counter)
    differ: list[int] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Takes another tally in."""
        self.cases += other.cases
        self.kinds += other.kinds
        self.differ += other.differ


def compare_seeds(seeds: list[int], url: str | None) -> Tally:
    """Compares the cases of some seeds, on SQLite in memory or on an empty PostgreSQL."""
    tally, store = Tally(), open_store(url) if url else None
    for seed in seeds:
        found = _compare_on(seed, store)
        tally.cases["PostgreSQL" if store else "SQLite"] += 1
        tally.kinds.update(found.kinds)
        tally.differ += [] if found.same else [seed]
    if store:
        store.close()
    return tally


def _compare_on(seed: int, store: Store | None) -> Compared:
    if store is None:
        return compare(story(seed))
    with taken_back(store):
        return compare(story(seed), store)


def small(seed: int) -> str:
    """The case of a seed, made as small as it goes on SQLite, as YAML."""
    found = shrink(story(seed), lambda smaller: not compare(smaller).same)
    return compare(found).report(f"seed {seed}")


def main(arguments: list[str]) -> int:
    """Compares, and answers 0 if every case agreed and every kind was met often enough."""
    said = _arguments(arguments)
    if said.replay:
        found = compare(read(said.replay.read_text("utf-8"))[0])
        _say(found.report(said.replay.name))
        return 0 if found.same else 1
    with postgresql_databases(said.jobs if said.postgresql else 0) as urls:
        tally = _compare_all(said, urls)
    total = sum(tally.cases.values())
    _say("\n".join(table(tally.kinds, total)))
    _say(", ".join(f"{number} cases on {name}" for name, number in sorted(tally.cases.items())))
    for seed in tally.differ[:SHOWN]:
        _say(f"\n# they differ: seed {seed}\n{small(seed)}")
    rare = missing(tally.kinds, total)
    _say(
        f"{total} cases, {len(tally.differ)} differ {tally.differ[:50]}{'; too few: ' + ', '.join(rare) if rare else ''}"
    )
    return 1 if tally.differ or rare else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.reference.run", description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0, help="of the first case")
    parser.add_argument(
        "--postgresql", type=float, default=0.0, help="share of the cases that run on PostgreSQL"
    )
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--replay", type=Path, help="a case as YAML")
    return parser.parse_args(arguments)


def _compare_all(said: argparse.Namespace, urls: list[str]) -> Tally:
    tally, began = Tally(), time.monotonic()
    with ProcessPoolExecutor(said.jobs) as pool:
        for done in as_completed([pool.submit(compare_seeds, *chunk) for chunk in _chunks(said, urls)]):
            tally.add(done.result())
            cases = sum(tally.cases.values())
            if cases % (100 * CHUNK) == 0:
                _say("\n".join(table(tally.kinds, cases)))
            if cases % (20 * CHUNK) == 0:
                rate = cases / (time.monotonic() - began)
                _say(f"{cases} cases, {rate:.0f} a second, {len(tally.differ)} differ {tally.differ[-5:]}")
    return tally


def _chunks(said: argparse.Namespace, urls: list[str]) -> Iterator[tuple[list[int], str | None]]:
    """Cuts the seeds into pieces; the share for PostgreSQL is spread over the run, each job with a database of its own."""
    end, turn = said.seed + said.cases, 0.0
    for number, start in enumerate(range(said.seed, end, CHUNK)):
        turn += said.postgresql
        on_postgresql = bool(urls) and turn >= 1
        turn -= on_postgresql
        url = urls[number % len(urls)] if on_postgresql else None
        yield list(range(start, min(start + CHUNK, end))), url


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
