"""Lets Python's collector of cycles rest while a large request is turned into rows."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

LARGE = 100_000  # bytes: a request from which its many small objects set the collector off again and again
_turn = threading.Lock()
_resting = 0


@contextmanager
def collector_resting(size: int) -> Iterator[None]:
    """Keeps the collector still while at least one large request is under way in this process.

    Rows are trees, which reference counting frees; searching them for cycles took a quarter of the time (measured).
    """
    if size < LARGE:
        yield
        return
    _count(1)
    try:
        yield
    finally:
        _count(-1)


def _count(step: int) -> None:
    global _resting
    with _turn:
        _resting += step
        if _resting:
            gc.disable()
        else:
            gc.enable()
