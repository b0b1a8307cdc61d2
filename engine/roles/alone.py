"""One `serve` for one home: two of them would fight over the port, and over who restarts what."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import UsageError


@contextmanager
def alone_in(home: Path) -> Iterator[None]:
    """Holds the home for this process; raises UsageError that names the one who serves it already.

    The lock belongs to the open file, so that the system lets go of it however the holder ends.
    """
    file = os.open(home / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(file, 32).decode("ascii").strip() or "unknown"
            raise UsageError(
                f"{home} is being served already, by process {holder}",
                remedy="stop that one, or name another home with --home DIR",
            ) from None
        os.ftruncate(file, 0)
        os.write(file, str(os.getpid()).encode("ascii"))
        yield
    finally:
        os.close(file)
