"""The only reader of the time: everything else is told what `now` is."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.errors import UsageError

MICROSECOND = 1
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(moment: datetime) -> int:
    """Turns an aware datetime into microseconds since the epoch, exactly."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    """Turns microseconds since the epoch into an aware datetime in UTC, exactly."""
    return EPOCH + timedelta(microseconds=at)


def whole_minute(at: int) -> int:
    """Drops the seconds: time is counted in whole minutes."""
    return at - at % MINUTE


class Clock:
    """Answers what time it is: the machine's time, in microseconds UTC."""

    def now(self) -> int:
        """Returns the present instant."""
        return time.time_ns() // 1000


class SteppedClock(Clock):
    """Answers the time that `server.py clock T` wrote into the home, so that every process agrees."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def now(self) -> int:
        """Returns the stepped instant, read afresh so that a step is seen at once."""
        return int(self.file.read_text("ascii").split()[0])

    @property
    def unset(self) -> bool:
        """Says whether nobody has set it yet: it stands where the home was made, and the first step may go anywhere."""
        return self.file.read_text("ascii").endswith(UNSET)

    def step_to(self, at: int) -> None:
        """Moves the clock forward to `at`; going back is refused, because facts would come undone."""
        if at < self.now() and not self.unset:
            raise UsageError(
                f"the clock stands at {moment(self.now()):%Y-%m-%d %H:%M} UTC and only goes forward",
                remedy="name a later moment",
            )
        self._write(at)

    def _write(self, at: int, note: str = "") -> None:
        swap = self.file.with_suffix(".new")
        swap.write_text(f"{at}{note}", "ascii")
        swap.replace(self.file)


STEPPED_FILE = "clock"
UNSET = " unset"


def make_stepped(home: Path, at: int | None = None) -> SteppedClock:
    """Gives a new home a stepped clock: set to `at`, else standing at the present until it is first set."""
    clock = SteppedClock(home / STEPPED_FILE)
    if not clock.file.exists():
        clock._write(Clock().now() if at is None else at, UNSET if at is None else "")
    return clock


def clock_of(home: Path) -> Clock:
    """Returns the clock of a home: stepped where it was made so, else the machine's."""
    file = home / STEPPED_FILE
    return SteppedClock(file) if file.exists() else Clock()
