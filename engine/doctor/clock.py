"""The machine's clock: does anybody keep it right? Rules fall due by it, and receivers look at the Date of our mail."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator

from engine.doctor.finding import Finding, ok

UNSYNCHRONISED, ERROR = 0x0040, 5  # STA_UNSYNC and TIME_ERROR of adjtimex(2)
KEEP = "keep time by NTP: timedatectl set-ntp true, or install chrony"


class _Timex(ctypes.Structure):
    """The beginning of Linux's struct timex, and room for the rest of it."""

    _fields_ = (
        ("modes", ctypes.c_uint), ("offset", ctypes.c_long), ("freq", ctypes.c_long), ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long), ("status", ctypes.c_int), ("rest", ctypes.c_byte * 256),
    )  # fmt: skip


def kernel_keeps_time() -> bool | None:
    """Asks Linux whether something keeps its clock right; None where it cannot be asked."""
    if not sys.platform.startswith("linux"):
        return None
    found = _Timex()
    answer = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(found))
    return None if answer < 0 else answer != ERROR and not found.status & UNSYNCHRONISED


def clock(kept: Callable[[], bool | None] = kernel_keeps_time) -> Iterator[Finding]:
    """Says whether this machine's clock is kept right."""
    answer = kept()
    if answer is None:
        yield Finding("note", "clock", "this system does not say whether its clock is kept right", KEEP)
    elif not answer:
        yield Finding("warning", "clock", "nothing keeps this machine's clock right", KEEP)
    else:
        yield ok("clock", "this machine's clock is kept right")
