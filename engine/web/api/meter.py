"""How much of its minute each key has used: two numbers a key, in a file that all web processes of a machine share.

The algorithm is GCRA, the leaky bucket as a meter (ITU-T I.371): all that is kept is the moment at which the bucket will
be empty again. So a minute's worth may come at once, and what is used comes back evenly. A look costs two system calls
and no statement; in return several machines on one PostgreSQL each measure for themselves.
"""

from __future__ import annotations

import mmap
import os
import struct
import threading
from fcntl import LOCK_EX, LOCK_UN, lockf
from pathlib import Path
from typing import NamedTuple

MINUTE_NS = 60 * 10**9
MOMENT = struct.Struct("<q")
read_from, write_into = MOMENT.unpack_from, MOMENT.pack_into
RECORD = 16  # bytes of a key: its requests, its items
REQUESTS, ITEMS = 0, 1
STEP = 64 * 1024  # bytes by which the file grows


class Taken(NamedTuple):
    """What came of asking for so much: whether there was room, what is left, and in how many nanoseconds."""

    granted: bool
    left: int
    full_after: int  # until nothing of the minute is used any more
    room_after: int = 0  # until there is room for what was refused


class Meter:
    """Measures in memory, or in a file where one is named; a file that cannot be had is done without."""

    def __init__(self, file: Path | None = None) -> None:
        self._turn = threading.Lock()
        self._memory: bytearray | mmap.mmap = bytearray(STEP)
        self._open: int | None = None
        if file is not None:
            self._open = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._map(STEP)

    def take(self, key: int, what: int, amount: int, a_minute: int, now: int) -> Taken:
        """Takes so much of a key's minute, if there is room; nothing is taken where there is not.

        `now` is of the machine's monotonic clock, in nanoseconds: no change of the time of day locks anybody out.
        """
        at, a_while = key * RECORD + what * 8, amount * MINUTE_NS // a_minute
        with self._turn:
            if at + 8 > len(self._memory):
                self._map((at // STEP + 1) * STEP)
            if self._open is not None:
                lockf(self._open, LOCK_EX, 8, at)
            try:
                empty_at = read_from(self._memory, at)[0]
                if (
                    not now < empty_at <= now + MINUTE_NS
                ):  # long empty, or of before the machine was started anew
                    empty_at = now
                granted = empty_at + a_while <= now + MINUTE_NS
                if granted:
                    empty_at += a_while
                    write_into(self._memory, at, empty_at)
            finally:
                if self._open is not None:
                    lockf(self._open, LOCK_UN, 8, at)
        used = empty_at - now
        left = (MINUTE_NS - used) * a_minute // MINUTE_NS
        return Taken(granted, left, used, 0 if granted else used + a_while - MINUTE_NS)

    def _map(self, size: int) -> None:
        """Makes room; a file only ever grows, whichever process is first."""
        if self._open is None:
            self._memory.extend(bytes(size - len(self._memory)))  # type: ignore[union-attr]
            return
        os.posix_fallocate(self._open, 0, size)
        self._memory = mmap.mmap(self._open, 0)

    def close(self) -> None:
        """Lets go of the file."""
        if self._open is not None:
            assert isinstance(self._memory, mmap.mmap)
            self._memory.close()
            os.close(self._open)
            self._open = None
            self._memory = bytearray(STEP)
