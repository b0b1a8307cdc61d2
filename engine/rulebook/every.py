"""Moments that come round: `day at 09:00`, `monday at 10:00`, `month on 5, 15, last at 18:00`."""

from __future__ import annotations

import re

from engine.rulebook.ast import Every
from engine.rulebook.durations import clock_time_in
from engine.rulebook.findings import Refused
from engine.rulebook.nearest import meant
from engine.rulebook.nodes import Node, Scalar, shown
from engine.rulebook.vocabulary import WEEKDAYS

EXAMPLES = "day at 09:00, monday at 10:00, or month on 5, 15, last at 10:00"
LAST = 0


def every(node: Node) -> Every:
    """Takes the moments at which a rule is asked, in the customer's zone."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        raise Refused(node.place, f"every takes {EXAMPLES}, not {shown(node)}")
    days, found, clock = node.text.strip().partition(" at ")
    if not found:
        raise Refused(
            node.place, f"every lacks a clock time in {node.text!r}; write {node.text.strip()} at 09:00"
        )
    minutes = clock_time_in(clock, node, "every")
    days = days.strip()
    if days == "day":
        return Every("day", minutes)
    if days == "month":
        raise Refused(node.place, f"every lacks the day of the month; write month on 1 at {clock.strip()}")
    if re.match(r"month\s+on\b", days):
        return Every("month", minutes, days=_days(re.sub(r"^month\s+on\b", "", days), node))
    return Every("week", minutes, weekdays=_weekdays(days, node))


def _days(text: str, node: Node) -> tuple[int, ...]:
    found: list[int] = []
    for word in (piece.strip() for piece in text.split(",")):
        if word == "last":
            found.append(LAST)
        elif re.fullmatch(r"[0-9]{1,3}", word) and 1 <= int(word) <= 31:
            found.append(int(word))
        else:
            raise Refused(node.place, f"every takes days of the month from 1 to 31, or last, not {word!r}")
    return _once_each(found, node)


def _weekdays(text: str, node: Node) -> tuple[int, ...]:
    found: list[int] = []
    for word in (piece.strip() for piece in text.split(",")):
        if word not in WEEKDAYS:
            raise Refused(
                node.place, f"unknown word {word!r} in every{meant(word, (*WEEKDAYS, 'day', 'month on 1'))}"
            )
        found.append(WEEKDAYS.index(word))
    return _once_each(found, node)


def _once_each(found: list[int], node: Node) -> tuple[int, ...]:
    if len(set(found)) < len(found):
        raise Refused(node.place, "every names a day twice")
    return tuple(sorted(found))
