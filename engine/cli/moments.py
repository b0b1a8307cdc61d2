"""Moments as people type them at a command line."""

from __future__ import annotations

from datetime import UTC, datetime

from engine import calendar
from engine.clock import instant
from engine.config import Config
from engine.errors import UsageError


def moment_of(text: str, config: Config) -> int:
    """Reads `2026-03-22 15:00`, in the first shop's zone unless it says another; raises UsageError."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"{text!r} is no moment", remedy="write it as 2026-03-22 15:00 or 2026-03-22T14:00:00Z"
        ) from None
    if found.tzinfo is not None:
        return instant(found.astimezone(UTC))
    return calendar.from_local(found, config.shops[0].timezone)
