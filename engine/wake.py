"""How one process tells another of the same home that there is work: a byte in a named pipe, never waited for.

Whoever is not there is not told, and who is told twice wakes once: the truth stands in the tables, where everybody also
looks by himself each second. A pipe, because unlike a socket's its path may be as long as any other.
"""

from __future__ import annotations

import errno
import os
import select
import stat
from pathlib import Path
from types import TracebackType

from engine.errors import StoreError

CLOCK, SENDER = "clock", "sender"
UNREAD = {errno.ENXIO, errno.ENOENT, errno.EAGAIN, errno.EPIPE}  # nobody listens, or has been told already


def _pipe(home: Path, who: str) -> Path:
    return home / f"{who}.wake"


def wake(home: Path, who: str) -> bool:
    """Wakes whoever listens as `who` in this home, without waiting; returns whether somebody was there."""
    try:
        pipe = os.open(_pipe(home, who), os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno not in UNREAD:
            raise
        return False
    try:
        os.write(pipe, b"!")
    except OSError as error:
        if error.errno not in UNREAD:
            raise
    finally:
        os.close(pipe)
    return True


class Ear:
    """Listens as `who` in a home; several processes may listen alike, and then one or all of them wake."""

    def __init__(self, home: Path, who: str) -> None:
        path = _pipe(home, who)
        try:
            os.mkfifo(path, 0o600)
        except FileExistsError:
            if not stat.S_ISFIFO(path.stat().st_mode):
                raise StoreError(f"{path} is not a pipe", remedy="remove it") from None
        # Reading and writing, so that the pipe stays open when the last of those who ring goes away.
        self._pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def wait(self, seconds: float) -> bool:
        """Waits until woken, at most so many seconds; returns whether it was woken, and forgets how often."""
        if not select.select([self._pipe], [], [], seconds)[0]:
            return False
        try:
            while len(os.read(self._pipe, 65536)) == 65536:
                pass
        except BlockingIOError:
            pass  # another listener has read it; all of them are awake
        return True

    def close(self) -> None:
        """Stops listening; the pipe stays for whoever comes next."""
        os.close(self._pipe)

    def __enter__(self) -> Ear:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()
