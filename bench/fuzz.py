"""Fires requests of every kind, and real messages that were bent, at a home with everything in it; exits 1 at the first fault.

python -m bench.fuzz [--requests 100000] [--payloads 10000] [--seed 1] [--first 0] [--database sqlite|postgresql] [--write]

Each case is drawn from its own seed, so a run that was stopped goes on with `--first`, and `--case SEED:N` shows what one asks
and how it is answered. `--write` puts the tables into docs/fuzz.md. PostgreSQL gets a tenth of the requests and all messages.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from random import Random

from tests import postgresql
from tests.fuzz.payloads import payload
from tests.fuzz.rounds import Make, Rounds, Tally, quiet, table, told
from tests.fuzz.strangers import stranger
from tests.fuzz.world import world
from tests.stores import make_database

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/fuzz.md"
BEGIN, END = "<!-- measured by python -m bench.fuzz -->", "<!-- end of what was measured -->"
SHARE = 10  # PostgreSQL gets one request of so many
STEP = 5_000


def main() -> int:
    """Runs what was asked for, on one database or both."""
    args = _arguments()
    found = []
    for name in args.database:
        part = 1 if name == "sqlite" else SHARE
        began = time.monotonic()
        with _rounds(name) as rounds, quiet():
            if args.case:
                return _show(rounds, args.case)
            _fire(rounds, stranger, str(args.seed), args.first // part, args.requests // part)
            _fire(rounds, payload, f"{args.seed}p", 0, args.payloads)
            tally, addresses = rounds.tally, len(rounds.world.addresses)
        found.append(_page(name, tally, addresses, time.monotonic() - began))
        print(found[-1], flush=True)
        if tally.faults or tally.problems:
            print(told(tally))
            return 1
    if args.write:
        _write("\n\n".join(found), args)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz")
    for name, usual in (("requests", 100_000), ("payloads", 10_000), ("seed", 1), ("first", 0)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--database", action="append", choices=["sqlite", "postgresql"])
    parser.add_argument("--case", help="shows the request of one seed, as SEED:N, and its answer")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/fuzz.md")
    args = parser.parse_args()
    args.database = args.database or ["sqlite", "postgresql"]
    return args


@contextmanager
def _rounds(name: str) -> Iterator[Rounds]:
    with tempfile.TemporaryDirectory(prefix="regulars-fuzz-") as folder:
        if name == "sqlite":
            with world(Path(folder)) as made:
                rounds = Rounds(made)
                yield rounds
                rounds.close()
            return
        with _server() as url, world(Path(folder), f"{url}/fuzz") as made:
            rounds = Rounds(made)
            yield rounds
            rounds.close()


@contextmanager
def _server() -> Iterator[str]:
    """Gives a PostgreSQL with an empty database; it goes when its lock is let go."""
    folder = Path(tempfile.mkdtemp(prefix="regulars-fuzz-"))
    with (folder / "session.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        url = postgresql.shared_url(folder)
        make_database(url, "fuzz")
        yield url


def _fire(rounds: Rounds, make: Make, seed: str, first: int, end: int) -> None:
    """Fires in steps, and stops after the first that has found something."""
    for at in range(first, end, STEP):
        rounds.fire(make, seed, range(at, min(at + STEP, end)))
        print(f"  {make.__name__} {min(at + STEP, end):,}: {len(rounds.tally.faults)} faults", flush=True)
        if rounds.tally.faults or rounds.tally.problems:
            return


def _show(rounds: Rounds, case: str) -> int:
    call = (payload if case.partition(":")[0].endswith("p") else stranger)(Random(case), rounds.world)
    answer = rounds.one(call, case)
    print(
        call.shown(),
        answer.status,
        answer.body[:2000].decode("utf-8", "replace"),
        told(rounds.tally),
        sep="\n",
    )
    return 1 if rounds.tally.faults else 0


def _page(name: str, tally: Tally, addresses: int, seconds: float) -> str:
    words = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[name]
    said = (
        f"**{words}**, {addresses} addresses known. Faults: {len(tally.faults)}. {tally.wrote:,} refusals left written that they"
        f" had come, all others nothing. Every table was counted, and what rows owe one another was looked at, {tally.counted:,}"
        f" times. The dearest request took {tally.slowest[0]:.2f} s of a processor, all of it {seconds / 60:.0f} minutes."
    )
    return f"{said}\n\n" + "\n".join(table(tally))


def _write(found: str, args: argparse.Namespace) -> None:
    where = f"{os.cpu_count()} processors, Python {platform.python_version()}"
    command = f"python -m bench.fuzz --requests {args.requests} --payloads {args.payloads} --seed {args.seed}"
    said = f"`{command}` on {date.today().isoformat()} ({where}):"
    text = PAGE.read_text("utf-8")
    new = re.sub(f"{BEGIN}.*{END}", lambda _: f"{BEGIN}\n{said}\n\n{found}\n{END}", text, flags=re.DOTALL)
    PAGE.write_text(new, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
