"""What a sheet of order lines was understood to be: whose format, which letters, which column means what."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from engine.errors import Place, UsageError
from engine.formulas import unmarked
from engine.intake.history.columns import KNOWN, PASSED_OVER, check_header, is_put_aside, separator_of
from engine.intake.history.letters import decoded, encoding_of
from engine.intake.history.rows import LONGEST, rows_of
from engine.intake.history.words import BY_WORD, COLUMNS, ORDER_LINES, REQUIRED, plain
from engine.intake.history.writing import COMMA, DAYS, POINT, YMD, decimal_mark, order_of_days

OWN, SHOPIFY, WOOCOMMERCE, PRESTASHOP, UNKNOWN = "Regulars", "Shopify", "WooCommerce", "PrestaShop", "a shop"
MARKS: dict[str, frozenset[str]] = {
    SHOPIFY: frozenset({"lineitem name", "lineitem quantity", "lineitem price"}),
    PRESTASHOP: frozenset({"id order", "unit price tax incl"}),
    WOOCOMMERCE: frozenset({"order status", "email billing"}),
}
WEBTOFFEE = frozenset({"order number", "billing email"})
MOMENTS = (
    "placed_at",
    "updated_at",
    "shipped_at",
    "delivered_at",
    "cancelled_at",
    "signed_up_at",
    "birthday",
)
AMOUNTS = ("total", "price", "line_total", "refunded")
LOOKED_AT = 5000  # rows
SHOWN = 3  # columns that are passed over and named


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said of a sheet, which is believed before anything is guessed; columns map theirs to ours."""

    encoding: str | None = None
    days: str | None = None
    decimal: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Understood:
    """How a sheet is to be read. `fields` says which cell, from 0, is which column of ours; `items` hold whole lines."""

    format: str
    encoding: str
    separator: str
    names: tuple[str, ...]
    fields: Mapping[str, int]
    items: tuple[int, ...] = ()
    group: int = 0
    days: str = YMD
    decimal: str = POINT
    statuses: Mapping[str, str] = field(default_factory=dict)
    example: tuple[str, ...] = ()

    @property
    def foreign(self) -> bool:
        """Says whether its words are not ours."""
        return self.format != OWN

    def passed_over(self) -> list[str]:
        """Lists the columns of which nothing is read."""
        read = {*self.fields.values(), *self.items}
        return [
            name for place, name in enumerate(self.names) if place not in read and name not in PASSED_OVER
        ]


def understand(path: Path, said: Said) -> Understood:
    """Looks at the header and the first rows; raises UsageError, with the place and the remedy, where that is not enough."""
    encoding = said.encoding or encoding_of(path)
    separator, names, rows = _read(path, encoding)
    if _is_ours(names) and not said.columns:
        own = [name.lower() for name in names]
        check_header(own, path)
        fields = {name: place for place, name in enumerate(own) if name in KNOWN}
        decimal = said.decimal or (COMMA if separator == ";" else POINT)
        return Understood(
            OWN, encoding, separator, tuple(own), fields, (), fields["order_id"], said.days or "", decimal
        )
    plainly = [plain(name) for name in names]
    format_ = _format(set(plainly))
    fields = _fields(names, plainly, said, format_, path)
    items = tuple(place for place, name in enumerate(plainly) if ORDER_LINES.fullmatch(name))
    _demand(fields, items, names, path)
    group = fields["order_id"]
    if format_ == SHOPIFY:  # only the first row of an order has its id, each has its name
        group = plainly.index("name") if "name" in plainly else group
    days = said.days or order_of_days(_cells(rows, fields, MOMENTS))
    decimal = (
        said.decimal or decimal_mark(_cells(rows, fields, AMOUNTS)) or (COMMA if separator == ";" else POINT)
    )
    statuses = {plain(word): ours for word, ours in said.statuses.items()}
    example = tuple(rows[0]) if rows else ()
    return Understood(
        format_, encoding, separator, tuple(names), fields, items, group, days, decimal, statuses, example
    )


def _read(path: Path, encoding: str) -> tuple[str, list[str], list[list[str]]]:
    """Returns the separator, the header, and the first rows that are whole."""
    with path.open("rb") as file:
        first = file.readline(LONGEST)
    header = decoded(first, encoding)[0].lstrip("\ufeff")
    separator = separator_of(header)
    names = [name.strip() for name in next(csv.reader([header], delimiter=separator), [])]
    bare = unmarked if is_put_aside(names) else str
    found = rows_of(path, encoding, separator, len(names), len(first), 2)
    rows = [[bare(cell) for cell in row.cells] for row in islice(found, LOOKED_AT) if row.fault is None]
    return separator, [bare(name) for name in names], rows


def _is_ours(names: Sequence[str]) -> bool:
    """A header is taken for ours where most of its words are: a slip is told then, and not passed over."""
    ours = sum(name.lower() in KNOWN for name in names)
    return 2 * ours >= len([name for name in names if name.lower() not in PASSED_OVER])


def _format(names: set[str]) -> str:
    for format_, marks in MARKS.items():
        if marks <= names:
            return format_
    return WOOCOMMERCE if names >= WEBTOFFEE or any(map(ORDER_LINES.fullmatch, names)) else UNKNOWN


def _fields(
    names: Sequence[str], plainly: Sequence[str], said: Said, format_: str, path: Path
) -> dict[str, int]:
    """Finds for each column of ours the one that means it; what was said counts first."""
    own = _of_shopify(plainly) if format_ == SHOPIFY else {}
    best: dict[str, tuple[int, int]] = {}
    for place, name in enumerate(plainly):
        rank, ours = BY_WORD.get(name, (0, ""))
        if ours and place not in own.values():
            best[ours] = min(best.get(ours, (rank, place)), (rank, place))
    found = {ours: place for ours, (_, place) in best.items()} | own
    for theirs, ours in said.columns.items():
        found = {column: place for column, place in found.items() if names[place] != theirs} | {
            ours: _place(theirs, ours, names, path)
        }
    return found


def _of_shopify(plainly: Sequence[str]) -> dict[str, int]:
    """What only Shopify calls so: the order's name beside its id, and two statuses for one."""
    words = {
        "id": "order_id",
        "financial status": "paid_status",
        "fulfillment status": "status",
        "refunded amount": "refunded",
    }
    found = {ours: plainly.index(theirs) for theirs, ours in words.items() if theirs in plainly}
    if "id" not in plainly and "name" in plainly:
        found["order_id"] = plainly.index("name")
    return found


def _place(theirs: str, ours: str, names: Sequence[str], path: Path) -> int:
    if ours not in COLUMNS:
        raise UsageError(
            f"--column {theirs}={ours}: no column of ours is called {ours!r}",
            remedy=f"one of {', '.join(COLUMNS)}",
        )
    if theirs not in names:
        raise UsageError(
            f"--column {theirs}={ours}: {path} has no column {theirs!r}",
            remedy=f"it has {', '.join(names)[:500]}",
        )
    return names.index(theirs)


def _demand(fields: Mapping[str, int], items: Sequence[int], names: Sequence[str], path: Path) -> None:
    missing = [f"{name} ({what})" for name, what in REQUIRED.items() if name not in fields]
    if not {"customer_id", "email"} & set(fields):
        missing.append("email or customer_id (whose order it is)")
    priced = "price" in fields or "line_total" in fields
    goods = items or (priced and {"product", "name"} & set(fields))
    if not goods and "total" not in fields:
        missing.append("product and price (what was bought), or total")
    twice = [
        name for name, count in Counter(names).items() if count > 1 and names.index(name) in fields.values()
    ]
    if twice:
        raise UsageError(
            f"two columns are called {twice[0]!r}", place=Place(str(path), 1, names.index(twice[0]) + 1)
        )
    if missing:
        remedy = f"say which column it is, as --column 'Their name={missing[0].split()[0]}', or export it too"
        raise UsageError(
            f"no column was found for {'; '.join(missing)}", place=Place(str(path), 1), remedy=remedy
        )


def _cells(rows: Sequence[Sequence[str]], fields: Mapping[str, int], names: Sequence[str]) -> Iterator[str]:
    places = [fields[name] for name in names if name in fields]
    return (row[place] for row in rows for place in places if place < len(row) and row[place])


def described(sheet: Understood, path: Path) -> str:
    """Says in plain lines what a sheet was understood to be, with the first row as an example."""
    theirs = {place: ours for ours, place in sheet.fields.items()}
    width = max((len(sheet.names[place]) for place in theirs), default=0)
    cells = dict(enumerate(sheet.example))
    lines = [f"{path.name}: a sheet of {sheet.format}, in {sheet.encoding.upper()}"]
    lines += [
        f"  {sheet.names[place]:{width}}  {ours:13} {cells.get(place, '')[:40]}".rstrip()
        for place, ours in sorted(theirs.items())
    ]
    lines += [f"  {sheet.names[place]:{width}}  a whole line" for place in sheet.items]
    if over := sheet.passed_over():
        more = f" and {len(over) - SHOWN} more" if len(over) > SHOWN else ""
        lines.append(f"passed over: {', '.join(over[:SHOWN])}{more}")
    if sheet.foreign:
        lines.append(
            f"days are read as {DAYS[sheet.days]}, amounts as {'1299,90' if sheet.decimal == COMMA else '1299.90'}"
        )
    return "\n".join(lines)
