"""NDJSON of the API's shapes: a line is an order unless its key `resource` says otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.intake.checking import Problem
from engine.intake.history.items import Item
from engine.intake.reading import did_you_mean

RESOURCES = ("orders", "customers", "products", "events", "consents", "refunds")
REFUSED = {"line", "errors", "sent"}  # a line of a rejected file, which may be imported as it is when mended


class Ndjson:
    """A file with one JSON object a line; empty lines are passed over."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def items(self, start: int, line: int) -> Iterator[Item]:
        """Yields the objects from byte `start` on."""
        with self.path.open("rb") as file:
            file.seek(start)
            ends_at = start
            for number, text in enumerate(file, line):
                ends_at += len(text)
                if text.strip():
                    yield _item(text, number, ends_at)

    def rejected(self) -> Path:
        """Names orders.rejected.ndjson beside orders.ndjson."""
        return self.path.with_name(f"{self.path.stem}.rejected.ndjson")

    def heading(self) -> str:
        """Returns nothing: each line says all."""
        return ""

    def refusal(self, item: Item, problems: list[Problem]) -> str:
        """Writes where it stood, what is wrong, and what was sent."""
        errors = [{"pointer": pointer, "detail": detail} for pointer, detail in problems]
        line = {"line": item.line, "errors": errors, "sent": item.text}
        return json.dumps(line, ensure_ascii=False, default=str) + "\n"


def _item(text: bytes, line: int, ends_at: int) -> Item:
    try:
        raw = _read(text)
    except (ValueError, RecursionError) as error:
        sent = text.decode("utf-8", "replace").rstrip("\r\n")
        return Item("orders", None, 1, line, ends_at, sent, (("", f"the line is not JSON: {error}"),))
    if isinstance(raw, dict) and set(raw) == REFUSED:
        raw = raw["sent"]
    if not isinstance(raw, dict):
        return Item("orders", None, 1, line, ends_at, raw, (("", "must be a JSON object"),))
    resource = raw.get("resource", "orders")
    if resource not in RESOURCES:
        detail = f"unknown resource {str(resource)[:64]!r}{did_you_mean(str(resource), RESOURCES)}"
        return Item("orders", None, 1, line, ends_at, raw, (("/resource", detail),))
    inner = {key: value for key, value in raw.items() if key != "resource"}
    return Item(resource, inner, 1, line, ends_at, raw)


def _read(text: bytes) -> Any:
    """Reads strictly: no duplicate keys, no NaN, and no text that PostgreSQL cannot keep."""
    decoded = text.decode("utf-8-sig")
    if "\\u" in decoded:
        _keepable(json.loads(decoded))
    return json.loads(decoded, object_pairs_hook=_object, parse_float=Decimal, parse_constant=_constant)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:64]!r} stands twice in one object")
    return found


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _keepable(value: Any) -> None:
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ValueError("a text holds \\u0000 or half a character (a lone surrogate)")
    elif isinstance(value, list):
        for item in value:
            _keepable(item)
    elif isinstance(value, dict):
        _keepable([*value.keys(), *value.values()])
