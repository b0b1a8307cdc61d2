"""The audit log as people look at it: filtered, the newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models import Act

PAGE = 50


def entries(
    act: str | None = None, author: str = "", before: int | None = None, since: int | None = None, most: int = PAGE + 1
) -> Sequence[Act]:  # fmt: skip
    """Lists lines of the log, the newest first: of one kind of act, by part of an author's name, older than a line's id.

    One more than a page shows tells that there is another.
    """
    wanted: list[Any] = [Act.id.is_null(False)]
    if act:
        wanted.append(Act.act == act)
    if author:
        wanted.append(Act.author.contains(author))
    if before is not None:
        wanted.append(Act.id < before)
    if since is not None:
        wanted.append(Act.at >= since)
    return list(Act.select().where(*wanted).order_by(Act.id.desc()).limit(most))


def about(entry: Act) -> str:
    """Writes what a line is about in one piece: what it names, and what else was noted."""
    noted = [f"{name}: {value}" for name, value in sorted(entry.detail.items()) if value is not None]
    number = [] if entry.customer_number is None else [f"#{entry.customer_number}"]
    return " · ".join([entry.what, *number, *noted])
