"""What a spreadsheet would take for a formula: marked by an apostrophe in front in whatever leaves as CSV."""

from __future__ import annotations

from typing import Any

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\0")  # a spreadsheet would take the text for a formula
MARK = "'"


def cell(value: Any) -> Any:
    """Marks a text that a spreadsheet would reckon with an apostrophe in front: a telephone's +48 too (ASVS 5.0, 1.2.10)."""
    if isinstance(value, str) and value.startswith(DANGEROUS):
        return f"'{value}"
    return value


def marked(text: str) -> str:
    """Marks as `cell` does, and so that `unmarked` gives every text back: one that has such a mark already gets another."""
    return MARK + text if _is_dangerous(text) else text


def unmarked(text: str) -> str:
    """Returns the text that `marked` was given."""
    return text[1:] if text.startswith(MARK) and _is_dangerous(text) else text


def _is_dangerous(text: str) -> bool:
    return text.lstrip(MARK).startswith(DANGEROUS)
