"""What a file is read as: one item after another, each with its place, so that a stopped import can go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from engine.intake.checking import Problem


@dataclass(frozen=True, slots=True)
class Item:
    """One object of the API's shape, or why its text is none."""

    resource: str
    raw: Any
    lines: int  # of the file, or rows of a sheet
    line: int  # the first, from 1
    ends_at: int  # the byte after it
    text: Any  # as it stood there, to be given back if it is refused
    problems: tuple[Problem, ...] = ()


class Source(Protocol):
    """A file of one format."""

    path: Path

    def items(self, start: int, line: int) -> Iterator[Item]:
        """Yields what begins at byte `start`, which is line number `line`."""

    def rejected(self) -> Path:
        """Names the file that takes what is refused."""

    def heading(self) -> str:
        """Returns what that file begins with."""

    def refusal(self, item: Item, problems: list[Problem]) -> str:
        """Writes a refused item with its reasons, so that it can be mended and imported again."""
