"""Puts the tables into the documents, between `<!-- table: NAME -->` and `<!-- end -->`."""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.reports.reference import rehearsed, tables

BETWEEN = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
TABLES: dict[str, Callable[[], str]] = {
    "keys": tables.keys, "facts": tables.facts, "filters": tables.filters, "fields": tables.fields, "units": tables.units,
    "offers": tables.offers, "policy": tables.policy, "reasons": rehearsed.reasons, "given": rehearsed.given,
    "findings": rehearsed.findings,
}  # fmt: skip


def rewritten(text: str) -> str:
    """Returns a document with every table between its marks made anew."""
    return BETWEEN.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}{found[3]}", text)
