"""The rows of a sheet, one after another, whatever stands in them: a row that is none takes no other down with it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.intake.history.letters import decoded

LONGEST = 1 << 22  # bytes of a line that are read at once; what is longer is no row
SHOWN = 10_000  # characters of a cell that is given back with the reason why it was refused


@dataclass(frozen=True, slots=True)
class Written:
    """A row as it stands in the file: from which line, up to which byte, and what is wrong with it, if anything."""

    line: int
    ends_at: int
    cells: list[str]
    fault: str | None


class _Reading:
    """The lines of a file from a byte on, as a reader of CSV takes them, with the place they have come to."""

    def __init__(self, path: Path, encoding: str, start: int, line: int) -> None:
        self.path, self.encoding, self.at, self.line = path, encoding, start, line
        self.torn: str | None = None  # what is wrong with the letters of the row that is being read

    def texts(self) -> Iterator[str]:
        """Yields line after line."""
        with self.path.open("rb") as file:
            file.seek(self.at)
            while raw := file.readline(LONGEST):
                text, torn = decoded(raw, self.encoding)
                self.at, self.line = self.at + len(raw), self.line + 1
                self.torn = self.torn or torn
                yield text


def rows_of(
    path: Path, encoding: str, separator: str, columns: int, start: int, line: int
) -> Iterator[Written]:
    """Yields the rows from byte `start` on, which is line `line`; those of a wrong shape with the reason.

    Where a quotation mark is opened and never closed, or closed too early, only the line that it stands in is at fault: reading
    goes on with the next. A line that is longer than a cell may be is at fault, too. Empty rows are passed over.
    """
    while True:
        reading, fault = _Reading(path, encoding, start, line), None
        try:
            for row in _as_csv(reading, separator, columns):
                if row.fault is not None and reading.line > row.line + 1:
                    fault = row.fault  # several lines that make no row: the second may well begin one
                    break
                start, line = row.ends_at, reading.line
                if any(cell.strip() for cell in row.cells):
                    yield row
        except csv.Error as error:
            fault = f"no CSV: {error}"
        if fault is None:
            return
        alone = _first_line(path, encoding, separator, start, line, fault)
        start, line = alone.ends_at, line + 1
        yield alone


def _as_csv(reading: _Reading, separator: str, columns: int) -> Iterator[Written]:
    """Yields rows, until the first that is no CSV at all, which raises csv.Error."""
    reader = csv.reader(reading.texts(), delimiter=separator, strict=True)
    while True:
        begins, reading.torn = reading.line, None
        cells = next(reader, None)
        if cells is None:
            return
        fault = reading.torn
        if len(cells) != columns and any(cells):
            fault = fault or f"{len(cells)} cells where the header has {columns}"
        yield Written(begins, reading.at, cells, fault)


def _first_line(path: Path, encoding: str, separator: str, start: int, line: int, fault: str) -> Written:
    """Reads one line alone, as well as it can be read, so that it can be given back."""
    with path.open("rb") as file:
        file.seek(start)
        raw = file.readline(LONGEST)
    text = decoded(raw, encoding)[0].rstrip("\r\n")
    cells = [cell.strip('"')[:SHOWN] for cell in text.split(separator)]
    return Written(line, start + len(raw), cells, fault)
