"""Stretches of time as people of a shop count them: today, the last thirty days, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from engine import calendar


@dataclass(frozen=True, slots=True)
class Stretch:
    """Local days of a zone, one after another: `starts` has the beginning of each and, at its end, of the day after."""

    days: tuple[date, ...]
    starts: tuple[int, ...]

    @property
    def start_at(self) -> int:
        """Returns the first instant."""
        return self.starts[0]

    @property
    def end_at(self) -> int:
        """Returns the first instant that no longer belongs to it."""
        return self.starts[-1]


def last_days(now: int, count: int, zone: str) -> Stretch:
    """Returns the `count` local days that end with today; days of a clock change have 23 or 25 hours."""
    today = calendar.local(now, zone).date()
    days = [today - timedelta(days=back) for back in range(count - 1, -1, -1)]
    starts = [calendar.at_clock_time(day, 0, zone) for day in [*days, today + timedelta(days=1)]]
    return Stretch(tuple(days), tuple(starts))
