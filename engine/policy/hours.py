"""When nobody is written to: quiet hours and closed days, as local clocks and calendars show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Literal

from engine.calendar import at_clock_time, from_local, local
from engine.clock import MINUTE, whole_minute
from engine.policy.public_holidays import HolidayCalendar
from engine.rulebook.ast import Policy

Shut = Literal["closed_day", "quiet_hours"]
FARTHEST_DAYS = 400  # a year and its longest run of closed days; beyond it a policy never opens
REMEMBERED = 4096


class Hours:
    """Answers whether a policy lets mail go at a moment, and when it next does.

    Answers are remembered for the moment asked about, because a tick asks the same minute of many customers.
    """

    def __init__(self, policy: Policy, holidays: HolidayCalendar | None) -> None:
        self.quiet = _no_empty(policy.quiet_hours)
        self.weekdays = frozenset(policy.closed_weekdays)
        self.holidays = holidays if policy.closed_holidays else None
        self.always_open = not (self.quiet or self.weekdays or self.holidays)
        self._opens: dict[tuple[int, str, str], int | None] = {}
        self._shut: dict[tuple[int, str, str], Shut | None] = {}

    def shut(self, at: int, zone: str, country: str) -> Shut | None:
        """Says why mail may not go at a moment, or None where it may."""
        if self.always_open:
            return None
        key = (at, zone, country)
        if key not in self._shut:
            _make_room(self._shut)
            self._shut[key] = self._shut_at(local(at, zone), country)
        return self._shut[key]

    def opens_at(self, at: int, zone: str, country: str) -> int | None:
        """Returns the first moment from `at` on that is neither quiet nor closed; None where none comes."""
        key = (at, zone, country)
        if key not in self._opens:
            _make_room(self._opens)
            self._opens[key] = self._search(at, zone, country)
        return self._opens[key]

    def released_at(self, at: int, clock: int | None, zone: str, country: str) -> int | None:
        """Returns when something held by hours goes: at its own clock time where that is allowed, else at the opening.

        `clock` is in minutes after local midnight; None where the rule has no `at`.
        """
        if clock is None or self._is_quiet(clock):
            return self.opens_at(at, zone, country)
        start, today = whole_minute(at), local(at, zone).date()
        for days in range(FARTHEST_DAYS):
            found = at_clock_time(today + timedelta(days=days), clock, zone)
            if found >= start and self.shut(found, zone, country) is None:
                return found
        return None

    def _shut_at(self, wall: datetime, country: str) -> Shut | None:
        if wall.weekday() in self.weekdays or (
            self.holidays and self.holidays.is_holiday(country, wall.date())
        ):
            return "closed_day"
        return "quiet_hours" if self._is_quiet(wall.hour * 60 + wall.minute) else None

    def _is_quiet(self, minutes: int) -> bool:
        if self.quiet is None:
            return False
        begin, end = self.quiet
        return begin <= minutes < end if begin < end else minutes >= begin or minutes < end

    def _search(self, at: int, zone: str, country: str) -> int | None:
        """Jumps from edge to edge; where a clock change lies between, it goes minute by minute."""
        farthest = at + FARTHEST_DAYS * 24 * 60 * MINUTE
        while at <= farthest:
            wall = local(at, zone)
            why = self._shut_at(wall, country)
            if why is None:
                return at
            edge = self._edge(wall, why)
            end = from_local(edge, zone)
            steady = end - at == (edge - wall) // timedelta(microseconds=1)
            at = end if steady else whole_minute(at) + MINUTE
        return None

    def _edge(self, wall: datetime, why: Shut) -> datetime:
        """Returns the wall-clock time at which what is shut for this reason could open."""
        midnight = datetime.combine(wall.date(), time())
        if why == "closed_day" or self.quiet is None:
            return midnight + timedelta(days=1)
        edge = midnight + timedelta(minutes=self.quiet[1])
        return edge if edge > wall else edge + timedelta(days=1)


def _no_empty(quiet: Sequence[int] | None) -> tuple[int, int] | None:
    """Takes hours that end where they begin as none at all: [from, to) is empty."""
    return (quiet[0], quiet[1]) if quiet and quiet[0] != quiet[1] else None


def _make_room(
    remembered: dict[tuple[int, str, str], int | None] | dict[tuple[int, str, str], Shut | None],
) -> None:
    if len(remembered) >= REMEMBERED:
        remembered.clear()
