"""Named places between two durable steps, at which the proof of the promise kills the process with SIGKILL.

Only REGULARS_FAILPOINT arms them, which nothing but tests/promise sets; otherwise each is a call that does nothing. The
variable names a file that holds `NAME N`: whoever passes NAME for the Nth time takes the file away and dies there.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

VARIABLE = "REGULARS_FAILPOINT"
FIRED = ".fired"  # what the file is called once somebody has died by it

# In the order of an order's way. "written" is before a commit, "committed" after it.
NAMES = (
    "intake.written",
    "intake.committed",
    "publish.written",
    "publish.committed",
    "tick.leased",
    "tick.watched",
    "tick.decided",
    "tick.written",
    "tick.committed",
    "tick.moving",
    "tick.moved",
    "claim.written",
    "claim.committed",
    "coupons.committed",
    "sending.written",
    "sending.committed",
    "smtp.envelope",
    "smtp.data",
    "smtp.body",
    "smtp.answered",
    "settle.written",
    "settle.committed",
    "notice.claimed",
    "notice.answered",
    "notice.settled",
    "recover.written",
    "recover.committed",
    "migrate.step",
    "backup.written",
    "restore.written",
    "restore.committed",
    "erase.noted",
    "erase.written",
)


class Armed:
    """Dies at the place that its file names; one death for one file, however many processes read it."""

    def __init__(self, file: Path) -> None:
        self.file, self.wanted = file, ""
        self.passed: Counter[str] = Counter()
        os.write(2, f"{VARIABLE} is set: this process kills itself where {file} says so\n".encode())

    def __call__(self, name: str) -> None:
        """Counts a passing of `name`, and ends the process if it is the one that is asked for."""
        wanted = ""
        with suppress(OSError):
            wanted = self.file.read_text("ascii")
        if wanted != self.wanted:
            self.wanted, self.passed = wanted, Counter()
        place, _, times = wanted.partition(" ")
        self.passed[name] += 1
        if name == place and self.passed[name] >= int(times or 1):
            self._die()

    def _die(self) -> None:
        """Ends this process as a crash of the machine would: nothing is flushed, closed or rolled back."""
        with suppress(FileNotFoundError):  # another process was first
            self.file.replace(self.file.with_suffix(FIRED))
            os.kill(os.getpid(), signal.SIGKILL)


def _unarmed(name: str) -> None:
    """Does nothing, which is what a failpoint costs."""


failpoint: Callable[[str], None] = Armed(Path(os.environ[VARIABLE])) if VARIABLE in os.environ else _unarmed
