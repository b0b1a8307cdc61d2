"""CSV of order lines: one row a line, the rows of an order together, a header that names the columns."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from engine.errors import Place, UsageError
from engine.intake.checking import Problem
from engine.intake.history.columns import CUSTOMER, LINE, ORDER, RENAMED, check_header, separator_of, value_of
from engine.intake.history.items import Item

Row = dict[str, str]
SEEN_AT_ONCE = 5000


class Sheet:
    """A file of order lines; making one checks its header and that the rows of each order stand together."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            first = file.readline()
        header = self._text(first, 1).lstrip("\ufeff")
        self.separator = separator_of(header)
        self.names = next(csv.reader([header], delimiter=self.separator), [])
        self.names = [name.strip().lower() for name in self.names]
        self.begins_at = len(first)
        check_header(self.names, path)

    def items(self, start: int, line: int) -> Iterator[Item]:
        """Yields the orders from byte `start` on, each with all its rows."""
        rows: list[Row] = []
        faults: list[str] = []
        first, ended = 0, 0
        for number, ends_at, row, fault in self._rows(max(start, self.begins_at), max(line, 2)):
            if rows and row.get("order_id") != rows[0].get("order_id"):
                yield self._order(rows, first, ended, faults)
                rows, faults = [], []
            first = first if rows else number
            rows.append(row)
            faults += [fault] if fault else []
            ended = ends_at
        if rows:
            yield self._order(rows, first, ended, faults)

    def _rows(self, start: int, line: int) -> Iterator[tuple[int, int, Row, str | None]]:
        """Yields line number, the byte after it, the row, and what is wrong with its shape."""
        at, number = start, line

        def texts() -> Iterator[str]:
            nonlocal at, number
            with self.path.open("rb") as file:
                file.seek(start)
                for text in file:
                    at, number = at + len(text), number + 1
                    yield self._text(text, number - 1)

        reader = csv.reader(texts(), delimiter=self.separator, strict=True)
        begins = number
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise UsageError(f"no CSV: {error}", place=Place(str(self.path), number - 1)) from error
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                odd = len(cells) != len(self.names)
                fault = f"{len(cells)} cells where the header has {len(self.names)}" if odd else None
                yield begins, at, dict(zip(self.names, (cell.strip() for cell in cells), strict=False)), fault
            begins = number

    def _text(self, text: bytes, line: int) -> str:
        try:
            return text.decode("utf-8")
        except UnicodeDecodeError as error:
            place = Place(str(self.path), line, error.start + 1)
            raise UsageError(
                "this is not UTF-8", place=place, remedy="save the sheet as CSV UTF-8"
            ) from error

    def _order(self, rows: list[Row], line: int, ends_at: int, faults: list[str]) -> Item:
        problems = [("", fault) for fault in faults]
        own = {name: self._common(rows, name, problems) for name in (*ORDER, *CUSTOMER)}
        order = {RENAMED.get(name, name): own[name] for name in ORDER if own[name] is not None}
        order["customer"] = {RENAMED.get(name, name): own[name] for name in CUSTOMER if own[name] is not None}
        order["lines"] = [self._filled(row, LINE) for row in rows]
        return Item("orders", order, len(rows), line, ends_at, rows, tuple(problems))

    def _common(self, rows: list[Row], name: str, problems: list[Problem]) -> Any:
        """Returns what the rows of an order agree on; empty cells say nothing."""
        said = {row[name] for row in rows if row.get(name)}
        if len(said) > 1:
            several = ", ".join(sorted(said))[:200]
            problems.append((f"/{name}", f"the rows of this order do not agree on {name}: {several}"))
        cell = next((row[name] for row in rows if row.get(name)), None)
        return None if cell is None else value_of(name, cell, self.separator == ";")

    def _filled(self, row: Row, names: tuple[str, ...]) -> dict[str, Any]:
        return {name: value_of(name, row[name], self.separator == ";") for name in names if row.get(name)}

    def check_together(self) -> None:
        """Raises UsageError where rows of one order stand apart: read so, the order would lose its first lines."""
        # a file that SQLite itself removes: memory stays flat
        with closing(sqlite3.connect("")) as seen:
            seen.execute("create table seen (id text primary key, line integer) without rowid")
            last, waiting = None, []
            for number, _, row, _ in self._rows(self.begins_at, 2):
                if (order := row.get("order_id", "")) != last:
                    last = order
                    waiting.append((order, number))
                if len(waiting) == SEEN_AT_ONCE:
                    self._note(seen, waiting)
                    waiting = []
            self._note(seen, waiting)

    def _note(self, seen: sqlite3.Connection, starts: list[tuple[str, int]]) -> None:
        for order, line in starts:
            if not seen.execute("insert or ignore into seen values (?, ?)", (order, line)).rowcount:
                [before] = seen.execute("select line from seen where id = ?", (order,)).fetchone()
                raise UsageError(
                    f"order {order[:64]!r} began in line {before} already, and other orders stand between",
                    place=Place(str(self.path), line), remedy="sort the file by order_id",
                )  # fmt: skip

    def rejected(self) -> Path:
        """Names orders.rejected.csv beside orders.csv."""
        return self.path.with_name(f"{self.path.stem}.rejected.csv")

    def heading(self) -> str:
        """Returns the header, with the two columns that say where and why."""
        return self._written([*self._plain_names(), "rejected_line", "rejected_reason"])

    def _plain_names(self) -> list[str]:
        return [name for name in self.names if not name.startswith("rejected_")]

    def refusal(self, item: Item, problems: list[Problem]) -> str:
        """Writes all rows of the order, since it is all or nothing, with the reason in each."""
        reason = "; ".join(f"{pointer} {detail}".strip() for pointer, detail in problems)
        names = self._plain_names()
        return "".join(
            self._written([*(row.get(name, "") for name in names), str(item.line + n), reason])
            for n, row in enumerate(item.text)
        )

    def _written(self, cells: list[str]) -> str:
        text = io.StringIO()
        csv.writer(text, delimiter=self.separator, lineterminator="\n").writerow(cells)
        return text.getvalue()
