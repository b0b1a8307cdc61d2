"""Reading JSON of strangers: whatever stands where something else should be is as good as nothing."""

from __future__ import annotations

import json
from typing import Any

MOST_EVENTS = 10_000
LONGEST = 4_000


class NotJson(ValueError):
    """Says that a body is no JSON."""


def read_lenient(body: bytes) -> Any:
    """Returns the value of a body, odd letters replaced; raises NotJson."""
    try:
        return json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise NotJson(f"{type(error).__name__}: {error}"[:200]) from None


def at(value: Any, *path: str) -> Any:
    """Returns what stands at a path of keys, or None."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def text(value: Any, *path: str) -> str:
    """Returns the text, or number as text, at a path; else nothing."""
    found = at(value, *path)
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    if isinstance(found, str):
        return keepable(found[:LONGEST])
    return str(found) if abs(found) < 10**18 else ""


def keepable(said: str) -> str:
    """Returns a text as both databases can be asked for it: without NUL and without halves of characters."""
    return said.replace("\0", "").encode("utf-8", "ignore").decode()


def texts(value: Any, *path: str) -> tuple[str, ...]:
    """Returns the text at a path, or each text of a list there; those that hold something."""
    found = at(value, *path)
    several = found[:20] if isinstance(found, list) else [found]
    return tuple(said for each in several if (said := text({"": each}, "")))


def each(value: Any) -> list[dict[str, Any]]:
    """Returns the events of a body: one mapping, or the mappings of a list."""
    if isinstance(value, dict):
        return [value]
    return [item for item in value[:MOST_EVENTS] if isinstance(item, dict)] if isinstance(value, list) else []
