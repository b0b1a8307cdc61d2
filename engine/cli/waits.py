"""Waiting for another process of the same home, patiently but not for ever."""

from __future__ import annotations

import time
from collections.abc import Callable

LOOK_EVERY = 0.05  # seconds


def waited(done: Callable[[], bool], seconds: float, nudge: Callable[[], object] = lambda: None) -> bool:
    """Waits until `done()`, at most so many seconds, nudging once a second; returns whether it came to that."""
    ends = time.monotonic() + seconds
    nudged = 0.0
    while not done():
        if time.monotonic() > ends:
            return False
        if time.monotonic() - nudged > 1:
            nudge()
            nudged = time.monotonic()
        time.sleep(LOOK_EVERY)
    return True
