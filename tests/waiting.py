"""Waiting for something to come true, with a deadline: no test sleeps for a while and hopes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

R = TypeVar("R")


def until(condition: Callable[[], R], seconds: float = 30, every: float = 0.05) -> R:
    """Returns what the condition gives as soon as it is true; fails with its source where it stays false."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not (found := condition()):
        assert time.monotonic() < deadline, (
            f"not within {seconds} s: {condition.__code__.co_qualname} at {_place(condition)}"
        )
        pause.wait(every)
    return found


def _place(condition: Callable[..., object]) -> str:
    return f"{condition.__code__.co_filename}:{condition.__code__.co_firstlineno}"
