"""The moments that a rule test writes: in the shop's zone unless they say otherwise, in whole minutes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from engine import calendar
from engine.clock import MINUTE, instant, moment, whole_minute
from engine.rulebook.findings import Refused
from engine.rulebook.nodes import Node, Scalar, shown

FIRST_YEAR, LAST_YEAR = 1971, 2199
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Moments:
    """Reads moments of one zone."""

    zone: str

    def read(self, node: Node, what: str) -> int:
        """Takes a moment; a bare date is its midnight."""
        return self._read(node, what, 0)

    def last_minute(self, node: Node, what: str) -> int:
        """Takes a moment; a bare date is its last minute."""
        return self._read(node, what, 23 * 60 + 59)

    def _read(self, node: Node, what: str, minutes: int) -> int:
        if not isinstance(node, Scalar) or node.value is None:
            raise Refused(node.place, f"{what} takes a moment, as 2026-01-01 15:00, not {shown(node)}")
        if node.text[:4].isdigit() and not FIRST_YEAR <= int(node.text[:4]) <= LAST_YEAR:
            raise Refused(
                node.place, f"{what} takes a moment from {FIRST_YEAR} to {LAST_YEAR}, not {shown(node)}"
            )
        try:
            if DAY.fullmatch(node.text):
                return calendar.at_clock_time(date.fromisoformat(node.text), minutes, self.zone)
            found = datetime.fromisoformat(node.text)
        except ValueError:
            raise Refused(
                node.place, f"{what} takes a moment, as 2026-01-01 15:00, not {shown(node)}"
            ) from None
        if found.tzinfo is None:
            return whole_minute(calendar.from_local(found, self.zone))
        return whole_minute(instant(found.astimezone(UTC)))

    def shown(self, at: int) -> str:
        """Writes a moment as tests do."""
        wall = calendar.local(at, self.zone)
        return f"{wall:%Y-%m-%d %H:%M}" + (
            " (again)" if calendar.from_local(wall, self.zone) != at - at % MINUTE else ""
        )


def shown_utc(at: int) -> str:
    """Writes a moment in UTC, for messages that know no zone."""
    return f"{moment(at):%Y-%m-%d %H:%M} UTC"
