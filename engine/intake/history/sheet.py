"""CSV of order lines: one row a line, the rows of an order together, a header that names the columns."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from engine.errors import Place, UsageError
from engine.intake.checking import Problem
from engine.intake.history.columns import PASSED_OVER
from engine.intake.history.items import Item
from engine.intake.history.letters import UTF8
from engine.intake.history.sheet_orders import Row, order_of
from engine.intake.history.understood import Said, understand

SEEN_AT_ONCE = 5000
NOTHING_SAID = Said()


class Sheet:
    """A file of order lines; making one finds out how it is to be read."""

    def __init__(self, path: Path, said: Said = NOTHING_SAID) -> None:
        self.path, self.understood = path, understand(path, said)
        with path.open("rb") as file:
            self.begins_at = len(file.readline())

    def items(self, start: int, line: int) -> Iterator[Item]:
        """Yields the orders from byte `start` on, each with all its rows."""
        rows: list[Row] = []
        faults: list[str] = []
        begun_at, first, ended = start, 0, max(start, self.begins_at)
        for number, ends_at, row, fault in self._rows(max(start, self.begins_at), max(line, 2)):
            if rows and self._order_in(row) != self._order_in(rows[0]):
                yield from self._items(rows, first, begun_at, ended, faults)
                rows, faults = [], []
            first, begun_at = (first, begun_at) if rows else (number, ended)
            rows.append(row)
            faults += [fault] if fault else []
            ended = ends_at
        if rows:
            yield from self._items(rows, first, begun_at, ended, faults)

    def _order_in(self, row: Row) -> str:
        group = self.understood.group
        return row.cells[group] if group < len(row.cells) else ""

    def _rows(self, start: int, line: int) -> Iterator[tuple[int, int, Row, str | None]]:
        """Yields line number, the byte after it, the row, and what is wrong with its shape."""
        sheet = self.understood
        known, columns = [(name, place) for name, place in sheet.fields.items()], len(sheet.names)
        at, number = start, line

        def texts() -> Iterator[str]:
            nonlocal at, number
            with self.path.open("rb") as file:
                file.seek(start)
                for text in file:
                    at, number = at + len(text), number + 1
                    yield self._text(text, number - 1)

        reader = csv.reader(texts(), delimiter=sheet.separator, strict=True)
        begins = number
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise UsageError(f"no CSV: {error}", place=Place(str(self.path), number - 1)) from error
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                odd = len(cells) != columns
                fault = f"{len(cells)} cells where the header has {columns}" if odd else None
                cells = [cell.strip() for cell in cells]
                row = Row(cells, {name: cells[place] for name, place in known if place < len(cells)})
                yield begins, at, row, fault
            begins = number

    def _text(self, text: bytes, line: int) -> str:
        if self.understood.encoding != UTF8:
            return text.decode(self.understood.encoding, "replace")
        try:
            return text.decode(UTF8)
        except UnicodeDecodeError as error:
            place = Place(str(self.path), line, error.start + 1)
            raise UsageError(
                "this is not UTF-8", place=place, remedy="save the sheet as CSV UTF-8"
            ) from error

    def _items(
        self, rows: list[Row], line: int, begun_at: int, ends_at: int, faults: list[str]
    ) -> Iterator[Item]:
        """Yields the order, and before it its refund: an import that is stopped between them begins with both again."""
        problems = [("", fault) for fault in faults]
        order, refund = order_of(rows, self.understood, problems)
        if refund is not None and not problems:
            yield Item("refunds", refund, 0, line, begun_at, rows)
        yield Item("orders", order, len(rows), line, ends_at, rows, tuple(problems))

    def check_together(self) -> None:
        """Raises UsageError where rows of one order stand apart: read so, the order would lose its first lines."""
        # a file that SQLite itself removes: memory stays flat
        with closing(sqlite3.connect("")) as seen:
            seen.execute("create table seen (id text primary key, line integer) without rowid")
            last, waiting = None, []
            for number, _, row, _ in self._rows(self.begins_at, 2):
                if (order := self._order_in(row)) != last:
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
                    place=Place(str(self.path), line), remedy=f"sort the file by {self.understood.names[self.understood.group]}",
                )  # fmt: skip

    def rejected(self) -> Path:
        """Names orders.rejected.csv beside orders.csv."""
        return self.path.with_name(f"{self.path.stem}.rejected.csv")

    def heading(self) -> str:
        """Returns the header, with the two columns that say where and why."""
        return self._written([*(self.understood.names[n] for n in self._kept()), *PASSED_OVER])

    def _kept(self) -> list[int]:
        return [place for place, name in enumerate(self.understood.names) if name not in PASSED_OVER]

    def refusal(self, item: Item, problems: list[Problem]) -> str:
        """Writes all rows of the order, since it is all or nothing, with the reason in each."""
        reason = "; ".join(f"{pointer} {detail}".strip() for pointer, detail in problems)
        return "".join(
            self._written([*self._cells(row), str(item.line + number), reason])
            for number, row in enumerate(item.text)
        )

    def _cells(self, row: Row) -> list[str]:
        return [row.cells[place] if place < len(row.cells) else "" for place in self._kept()]

    def _written(self, cells: list[str]) -> str:
        text = io.StringIO()
        csv.writer(text, delimiter=self.understood.separator, lineterminator="\n").writerow(cells)
        return text.getvalue()
