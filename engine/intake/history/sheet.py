"""CSV of order lines: one row a line, the rows of an order together, a header that names the columns."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import Place, UsageError
from engine.formulas import marked, unmarked
from engine.intake.checking import Problem
from engine.intake.history.columns import PASSED_OVER, is_put_aside
from engine.intake.history.items import Item
from engine.intake.history.rows import rows_of
from engine.intake.history.sheet_orders import Row, order_of
from engine.intake.history.understood import Said, understand

SEEN_AT_ONCE = 5000
NOTHING_SAID = Said()


@dataclass(frozen=True, slots=True)
class Numbered:
    """A row with its line, the byte after it, and what is wrong with its shape."""

    line: int
    ends_at: int
    row: Row
    fault: str | None


@dataclass(slots=True)
class _Rows:
    """The rows of one order as they are gathered, and the byte that they begin at."""

    begun_at: int
    rows: list[Numbered] = field(default_factory=list)
    name: str | None = None

    @property
    def ends_at(self) -> int:
        return self.rows[-1].ends_at


class Sheet:
    """A file of order lines; making one finds out how it is to be read."""

    def __init__(self, path: Path, said: Said = NOTHING_SAID) -> None:
        self.path, self.understood = path, understand(path, said)
        with path.open("rb") as file:
            self.begins_at = len(file.readline())

    def items(self, start: int, line: int) -> Iterator[Item]:
        """Yields the orders from byte `start` on, each with all its rows.

        A row that cannot be read takes its order with it, as far as its order can be told; else it is refused alone.
        """
        order, strays, ended = _Rows(start), list[Numbered](), max(start, self.begins_at)
        for numbered in self._rows(ended, max(line, 2)):
            if numbered.fault and self._order_in(numbered.row) != order.name:
                strays.append(numbered)
                continue
            name = self._order_in(numbered.row)
            if order.rows and name != order.name:
                yield from self._items(order)
                mine = [stray for stray in strays if self._order_in(stray.row) == name]
                yield from (self._alone(stray) for stray in strays if stray not in mine)
                order, strays = _Rows(order.ends_at), mine
            order.name = name
            order.rows += [*strays, numbered]
            strays = []
        if order.rows:
            yield from self._items(order)
        yield from map(self._alone, strays)

    def _order_in(self, row: Row) -> str:
        group = self.understood.group
        return row.cells[group] if group < len(row.cells) else ""

    def _rows(self, start: int, line: int) -> Iterator[Numbered]:
        """Yields the rows from a byte on, each with its place and what is wrong with its shape."""
        sheet, known = self.understood, list(self.understood.fields.items())
        bare = unmarked if is_put_aside(sheet.names) else str
        for found in rows_of(self.path, sheet.encoding, sheet.separator, len(sheet.names), start, line):
            cells = [bare(cell.strip()) for cell in found.cells]
            row = Row(cells, {name: cells[place] for name, place in known if place < len(cells)})
            yield Numbered(found.line, found.ends_at, row, found.fault)

    def _items(self, order: _Rows) -> Iterator[Item]:
        """Yields the order, and before it its refund: an import that is stopped between them begins with both again."""
        rows, line = [numbered.row for numbered in order.rows], order.rows[0].line
        problems = [("", numbered.fault) for numbered in order.rows if numbered.fault]
        found, refund = order_of(rows, self.understood, problems)
        if refund is not None and not problems:
            yield Item("refunds", refund, 0, line, order.begun_at, rows)
        yield Item("orders", found, len(rows), line, order.ends_at, rows, tuple(problems))

    def _alone(self, stray: Numbered) -> Item:
        """Returns a row of which nobody can tell whose it is; it is refused."""
        return Item("orders", None, 1, stray.line, stray.ends_at, [stray.row], (("", stray.fault or ""),))

    def check_together(self) -> None:
        """Raises UsageError where rows of one order stand apart: read so, the order would lose its first lines."""
        # a file that SQLite itself removes: memory stays flat
        with closing(sqlite3.connect("")) as seen:
            seen.execute("create table seen (id text primary key, line integer) without rowid")
            last, waiting = None, []
            for numbered in self._rows(self.begins_at, 2):
                if numbered.fault is None and (order := self._order_in(numbered.row)) != last:
                    last = order
                    waiting.append((order, numbered.line))
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
        csv.writer(text, delimiter=self.understood.separator, lineterminator="\n").writerow(
            map(marked, cells)
        )
        return text.getvalue()
