"""How a command that writes or reads many rows says how far it is: a line that is written over, on a terminal alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


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
