"""The columns of a sheet of order lines, and how a cell becomes a value of the API's shapes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.errors import Place, UsageError
from engine.intake.reading import did_you_mean

ORDER = (
    "order_id", "placed_at", "updated_at", "status", "currency", "total", "coupon", "channel", "shipped_at",
    "delivered_at", "cancelled_at",
)  # fmt: skip
CUSTOMER = (
    "customer_id", "email", "first_name", "last_name", "gender", "birthday", "phone", "city", "region", "country",
    "language", "timezone", "tags", "signed_up_at",
)  # fmt: skip
LINE = ("product", "name", "category", "brand", "quantity", "price", "url", "image")
KNOWN = (*ORDER, *CUSTOMER, *LINE)
REQUIRED = ("order_id", "placed_at", "product", "price")
PASSED_OVER = (
    "rejected_line",
    "rejected_reason",
)  # what a rejected file adds; it may be imported when mended


def is_put_aside(names: Sequence[str]) -> bool:
    """Says whether a header is that of a rejected file of ours, in whose cells formulas are marked."""
    return set(PASSED_OVER) <= set(names)


NEEDED = f"needed: {', '.join(REQUIRED)}, and customer_id or email"
RENAMED = {"order_id": "id", "customer_id": "id"}
SEPARATORS = (",", ";", "\t")
COMMA = re.compile(r"-?[0-9]+,[0-9]+")
WHOLE = re.compile(r"([0-9]{1,9})(?:([.,])0+)?")


def separator_of(header: str) -> str:
    """Returns what stands between the names of the header."""
    return max(SEPARATORS, key=header.count)


def check_header(names: Sequence[str], file: Path) -> None:
    """Raises UsageError where a column is unknown, missing or there twice, with its place and what would do."""

    def wrong(message: str, name: str | None = None, remedy: str | None = None) -> UsageError:
        column = names.index(name) + 1 if name in names else 1
        return UsageError(message, place=Place(str(file), 1, column), remedy=remedy)

    for name in names:
        if name not in KNOWN and name not in PASSED_OVER:
            remedy = f"known columns: {', '.join(KNOWN)}"
            raise wrong(f"unknown column {name[:64]!r}{did_you_mean(name, KNOWN)}", name, remedy)
        if names.count(name) > 1:
            raise wrong(f"two columns are called {name!r}", name)
    for name in REQUIRED:
        if name not in names:
            raise wrong(f"the column {name!r} is missing", remedy=NEEDED)
    if "customer_id" not in names and "email" not in names:
        raise wrong("a column customer_id or email is missing", remedy="one of them says whose order it is")


def value_of(name: str, cell: str, decimal_comma: bool) -> Any:
    """Turns a cell into what the API's shape wants; an empty one is left out by the caller."""
    if name in ("price", "total") and decimal_comma and COMMA.fullmatch(cell):
        return cell.replace(",", ".")
    if name == "quantity":
        return _quantity(cell, decimal_comma)
    return _tags(cell) if name == "tags" else cell


def _tags(cell: str) -> list[str]:
    return [tag.strip() for tag in cell.split("|") if tag.strip()]


def _quantity(cell: str, decimal_comma: bool) -> Any:
    """Whole pieces; anything else is left as it is, for the shape to refuse with its own words.

    `1.000` is one piece where a point stands before the cents, and else may be a thousand: nobody can tell.
    """
    whole = WHOLE.fullmatch(cell)
    thousands = whole and whole[2] == ("." if decimal_comma else ",") and len(cell) - len(whole[1]) == 4
    return int(whole[1]) if whole and not thousands else cell
