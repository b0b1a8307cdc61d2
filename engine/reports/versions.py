"""What was published, by whom and why, and what each time changed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from engine.config import Config
from engine.rehearsal.difference import kinds
from engine.reports.rulebook import version
from engine.rulebook.ast import Rulebook
from engine.rulebook.versions import SHOWN, publications, text_of
from models import Publication

LISTED = 20


@dataclass(frozen=True, slots=True)
class Published:
    """One act of publishing: `changed` says of each rule that it made differ in which way."""

    id: int
    digest: str
    author: str | None  # None: the folder was taken by itself
    note: str | None
    at: int
    changed: dict[str, str]
    counts: bool  # it is the newest

    @property
    def short(self) -> str:
        """Returns as much of the hash as people read and type."""
        return self.digest[:SHOWN]


def versions(config: Config, most: int = LISTED) -> list[Published]:
    """Lists the latest acts of publishing, the newest first."""
    rows = publications(most + 1)
    books = {row.digest: version(row.digest, config.all_purposes()) for row in rows}
    return [_published(row, n, rows, books) for n, row in enumerate(rows[:most])]


def _published(row: Publication, n: int, rows: list[Publication], books: dict[str, Rulebook]) -> Published:
    before = books[rows[n + 1].digest] if n + 1 < len(rows) else Rulebook()
    return Published(
        row.id, row.digest, row.author, row.note, row.published_at, kinds(before, books[row.digest]), n == 0
    )


@dataclass(frozen=True, slots=True)
class File:
    """One file of a version beside the one before: its lines, each with ` `, `+`, `-` or `@` for a gap."""

    name: str
    lines: tuple[tuple[str, str], ...]


def files_changed(number: int) -> list[File]:
    """Compares the texts of one act of publishing with those of the act before it, file by file."""
    row = Publication.get_or_none(Publication.id == number)
    if row is None:
        return []
    earlier = Publication.select().where(Publication.id < number).order_by(Publication.id.desc()).first()
    before, after = text_of(earlier.digest) if earlier else {}, text_of(row.digest)
    return [
        File(name, tuple(_lines(before.get(name, ""), after.get(name, ""))))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def _lines(before: str, after: str) -> Iterator[tuple[str, str]]:
    for line in list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2))[2:]:
        yield line[0], "" if line[0] == "@" else line[1:]
