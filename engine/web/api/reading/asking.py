"""What a request for a list asks: a few words of its query, each read strictly, and none that is not known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import request

from engine import calendar
from engine.clock import instant
from engine.intake.reading import ONE_LINE, did_you_mean
from engine.web.api.problems import Problem

USUAL, MOST = 100, 500
LIMIT, CURSOR = "limit", "cursor"
LONGEST = 320


@dataclass(frozen=True, slots=True)
class Filter:
    """One word of a query: what it means, and which values it takes where those are few."""

    name: str
    meaning: str
    moment: bool = False
    values: tuple[str, ...] = ()
    example: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A query as it was understood."""

    limit: int = USUAL
    cursor: str | None = None
    since: int | None = None
    wanted: Mapping[str, str] = field(default_factory=dict)


def read_query(filters: Sequence[Filter], zone: str) -> Query:
    """Reads the query of this request; raises a 422 problem that names every word that is wrong, and why."""
    known = {each.name: each for each in filters}
    found: dict[str, Any] = {}
    wrong: list[tuple[str, str]] = []
    for name in request.args:
        try:
            found[name] = _read(name, request.args.getlist(name), known, zone)
        except ValueError as error:
            wrong.append((f"/{name[:64]}", str(error)))
    if wrong:
        raise Problem(422, f"the query is not understood: {wrong[0][0][1:]}: {wrong[0][1]}", wrong)
    moments = [found.pop(name) for name in list(found) if name in known and known[name].moment]
    since = moments[0] if moments else None
    return Query(found.pop(LIMIT, USUAL), found.pop(CURSOR, None), since, found)


def _read(name: str, values: list[str], known: Mapping[str, Filter], zone: str) -> Any:
    if len(values) > 1:
        raise ValueError("say it once")
    if name == LIMIT:
        return _limit(values[0])
    if name == CURSOR:
        return values[0]
    if name not in known:
        raise ValueError(f"no such filter here{did_you_mean(name, [*known, LIMIT, CURSOR])}")
    return _moment(values[0], zone) if known[name].moment else _word(values[0], known[name].values)


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= MOST):
        raise ValueError(f"takes a whole number from 1 to {MOST}")
    return int(text)


def _moment(text: str, zone: str) -> int:
    try:
        # a plus that was not written as %2B comes as a blank
        parsed = datetime.fromisoformat(
            text.replace(" ", "+") if re.search(r"T\S+ \d\d:?\d\d$", text) else text
        )
        if not 1 < parsed.year < 9999:
            raise ValueError
        return instant(parsed) if parsed.tzinfo else calendar.from_local(parsed, zone)
    except (ValueError, OverflowError):
        raise ValueError("takes an ISO 8601 moment, such as 2026-03-01T10:00:00Z") from None


def _word(text: str, values: tuple[str, ...]) -> str:
    if values and text not in values:
        raise ValueError(f"takes one of {', '.join(values)}{did_you_mean(text, values)}")
    if not 1 <= len(text) <= LONGEST or not re.fullmatch(ONE_LINE, text):
        raise ValueError(f"takes one line of 1 to {LONGEST} characters")
    return text
