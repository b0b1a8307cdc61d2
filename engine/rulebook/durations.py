"""Spans and clock times as a marketer writes them: `80 days`, `21:00`, `1 per 3 days`."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias, cast

from engine.rulebook.ast import Duration
from engine.rulebook.findings import Refused
from engine.rulebook.nearest import meant
from engine.rulebook.nodes import Node, Scalar, shown
from engine.rulebook.vocabulary import UNITS

Unit: TypeAlias = Literal["minutes", "hours", "days", "weeks", "months", "years"]
UNIT_MINUTES = {
    "minutes": 1, "hours": 60, "days": 1440, "weeks": 7 * 1440, "months": 30 * 1440, "years": 365 * 1440,
}  # fmt: skip
LONGEST_YEARS = 100
LONGEST_MINUTES = LONGEST_YEARS * UNIT_MINUTES["years"]
SPAN = re.compile(r"([0-9]{1,9}) *([^\W\d_]+)")
CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")
RATE = re.compile(r"(\S+) +per +(.+)")
# The same for JSON Schema, which has no words of its own for a mistake.
SPAN_PATTERN = f"^[0-9]+ *({'|'.join(f'{unit[:-1]}s?' for unit in UNITS)})$"
CLOCK_PATTERN = "^([01][0-9]|2[0-3]):[0-5][0-9]$"
RATE_PATTERN = f"^[1-9][0-9]* +per +0*[1-9]{SPAN_PATTERN[1:].replace('+', '*', 1)}"


def minutes_of(duration: Duration) -> int:
    """Returns a duration as elapsed minutes: a day is 24 hours, a month 30 days, a year 365."""
    return duration.amount * UNIT_MINUTES[duration.unit]


def duration(node: Node, what: str, *, zero: bool = False) -> Duration:
    """Takes one whole number and one unit, as `80 days`; zero only where it means something."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        wanting = (
            f"; did you mean '{node.text} days'?" if isinstance(node, Scalar) and _is_number(node) else ""
        )
        raise Refused(node.place, f"{what} takes a duration, as 30 days, not {shown(node)}{wanting}")
    return duration_in(node.text, node, what, zero=zero)


def duration_in(text: str, node: Node, what: str, *, zero: bool = False) -> Duration:
    """Takes a duration that stands in a longer value; `node` is whose place an error names."""
    found = SPAN.fullmatch(text.strip())
    if not found:
        raise Refused(node.place, f"{what} takes one whole number and one unit, as 30 days, not {text!r}")
    amount, unit = int(found[1]), found[2]
    plural = unit if unit.endswith("s") else f"{unit}s"
    if plural not in UNITS:
        singular = tuple(each[:-1] for each in UNITS)
        raise Refused(
            node.place, f"unknown unit {unit!r} in {what}{meant(unit, singular if amount == 1 else UNITS)}"
        )
    span = Duration(amount, cast(Unit, plural))
    if amount == 0 and not zero:
        raise Refused(node.place, f"{what} must be longer than {text.strip()}")
    if minutes_of(span) > LONGEST_MINUTES:
        raise Refused(node.place, f"{what} is longer than {LONGEST_YEARS} years: {text}")
    return span


def _is_number(node: Scalar) -> bool:
    return isinstance(node.value, int) and not isinstance(node.value, bool)


def clock_time(node: Node, what: str) -> int:
    """Takes HH:MM and returns minutes after midnight."""
    if not isinstance(node, Scalar):
        raise Refused(node.place, f"{what} takes a clock time, as 09:00, not {shown(node)}")
    return clock_time_in(node.text, node, what)


def clock_time_in(text: str, node: Node, what: str) -> int:
    """Takes a clock time that stands in a longer value."""
    found = CLOCK.fullmatch(text.strip())
    if not found:
        raise Refused(node.place, f"{what} takes a clock time from 00:00 to 23:59, not {text.strip()!r}")
    hours, minutes = int(found[1]), int(found[2])
    if hours > 23 or minutes > 59:
        midnight = "; midnight is 00:00" if (hours, minutes) == (24, 0) else ""
        raise Refused(
            node.place, f"{what} takes a clock time from 00:00 to 23:59, not {text.strip()!r}{midnight}"
        )
    if len(found[1]) == 1:
        raise Refused(node.place, f"{what} takes two digits for the hour; did you mean '0{text.strip()}'?")
    return hours * 60 + minutes


def rate(node: Node, what: str) -> tuple[int, int]:
    """Takes `1 per 3 days` and returns the number and the window in elapsed minutes."""
    example = "as 1 per 3 days"
    text = node.text.strip() if isinstance(node, Scalar) else ""
    found = RATE.fullmatch(text)
    if not found:
        lacking = "a number is missing: " if text.startswith("per ") else ""
        raise Refused(
            node.place, f"{lacking}{what} takes a number per duration, {example}, not {shown(node)}"
        )
    if not re.fullmatch(r"[0-9]{1,9}", found[1]):
        raise Refused(
            node.place, f"{what} takes a whole number of messages from 1 up, {example}, not {found[1]!r}"
        )
    if int(found[1]) == 0:
        raise Refused(
            node.place, f"{what} takes at least 1 message; to stop a rule, write active: false in it"
        )
    if re.fullmatch(r"[^\W\d_]+", found[2].strip()):
        raise Refused(
            node.place, f"a number is missing in {text!r}; write {found[1]} per 1 {found[2].strip()}"
        )
    return int(found[1]), minutes_of(duration_in(found[2], node, f"the window of {what}"))


def per_cent(node: Node, what: str) -> int:
    """Takes 10, "10", 10% or 10 per cent: a whole number from 0 to 100."""
    text = node.text.strip() if isinstance(node, Scalar) and not isinstance(node.value, bool) else ""
    found = re.fullmatch(r"([0-9]{1,9}) *(%|per cent|percent)?", text)
    if not found:
        raise Refused(
            node.place, f"{what} takes whole per cent from 0 to 100, as 10 per cent, not {shown(node)}"
        )
    if int(found[1]) > 100:
        raise Refused(node.place, f"{what} takes at most 100 per cent, and {found[1]} is more")
    return int(found[1])
