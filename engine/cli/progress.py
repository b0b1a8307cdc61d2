"""How far a long command is: a bar or a count where somebody watches, a line every few seconds where nobody does."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

SPEAK_EACH = 5.0  # seconds


def watched(steps: Iterable[int], total: int, what: str, unit: str = "days") -> None:
    """Goes through the steps, which say how many are done, and shows it on the error stream."""
    (_with_bar if sys.stderr.isatty() else _in_lines)(steps, total, what, unit)


def _in_lines(steps: Iterable[int], total: int, what: str, unit: str) -> None:
    spoke = time.monotonic()
    for done in steps:
        if time.monotonic() - spoke >= SPEAK_EACH:
            spoke = time.monotonic()
            print(f"{what}: {done} of {total} {unit}", file=sys.stderr, flush=True)


def _with_bar(steps: Iterable[int], total: int, what: str, unit: str) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn(unit),
               TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        for done in steps:
            bar.update(task, completed=done)


@contextmanager
def counting() -> Iterator[Callable[[str, int], None]]:
    """Gives what is to be called with a table and how many rows of it are done."""

    def told(table: str, rows: int) -> None:
        if sys.stderr.isatty():
            print(f"\r\033[K{table}: {rows:,} rows", end="", file=sys.stderr, flush=True)

    try:
        yield told
    finally:
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)
