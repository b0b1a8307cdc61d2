"""Reads request bodies strictly: RFC 8259, without duplicate keys, NaN, or text that no database keeps."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.web.api.problems import Problem

JSON, NDJSON = "application/json", "application/x-ndjson"
KINDS = {JSON: JSON, NDJSON: NDJSON, "application/ndjson": NDJSON, "application/jsonl": NDJSON}


# \u escapes of NUL and of surrogates, paired or not: seldom enough that only those are looked at piece by piece
HALF = re.compile("[\ud800-\udfff]")
SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


class Malformed(ValueError):
    """Says what is not JSON, and where."""


def kind_of(mimetype: str, encoding: str | None) -> str:
    """Returns JSON or NDJSON, or raises a 415 problem."""
    if encoding not in (None, "", "identity"):
        raise Problem(
            415,
            f"the body is sent as it is, not as {encoding[:40]!r}",
            headers={"Accept-Encoding": "identity"},
        )
    if mimetype not in KINDS:
        detail = (
            f"send application/json, or application/x-ndjson for one object a line, not {mimetype[:80]!r}"
        )
        raise Problem(415, detail, headers={"Accept-Post": f"{JSON}, {NDJSON}"})
    return KINDS[mimetype]


def read_json(body: bytes) -> Any:
    """Returns the value; raises Malformed with the line and column."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Malformed(f"byte {error.start + 1} is not UTF-8") from None
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_float=_number, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise Malformed(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise Malformed("it is nested too deeply") from None
    except Malformed:
        raise
    except ValueError:
        raise Malformed("a number has too many digits") from None
    if SUSPECT.search(text):
        try:
            _keepable(value)
        except RecursionError:
            raise Malformed("it is nested too deeply") from None
    return value


def read_lines(body: bytes) -> list[tuple[int, bytes]]:
    """Returns the lines that hold something, with their numbers from 1."""
    return [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Malformed(f"the key {twice[:64]!r} stands twice in one object")
    return found


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Malformed(f"{text[:40]} is too large a number") from None


def _constant(name: str) -> Any:
    raise Malformed(f"{name} is not JSON")


def _keepable(value: Any) -> None:
    """Refuses NUL and halves of characters, which come in as \\u escapes and which PostgreSQL cannot keep."""
    if isinstance(value, str):
        if "\0" in value or HALF.search(value):
            raise Malformed("a text holds \\u0000 or half a character (a lone surrogate)")
    elif isinstance(value, dict):
        for key, item in value.items():
            _keepable(key)
            _keepable(item)
    elif isinstance(value, list):
        for item in value:
            _keepable(item)
