"""What a backup looks like: a zip of one NDJSON file a table, the home's secret, and a page that says what is in it.

Rows are lists of plain values, so a backup of SQLite can be brought back into PostgreSQL and the other way round.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.errors import UsageError

FORMAT = 1
ABOUT, SECRET = "about.json", "secret.key"
REMEDY = "name a file that server.py backup has made"


@dataclass(frozen=True, slots=True)
class Part:
    """One table in a backup."""

    name: str
    columns: list[str]
    rows: int


@dataclass(frozen=True, slots=True)
class About:
    """What a backup says of itself."""

    format: int
    made_at: int
    migrations: list[str]
    tables: list[Part]

    def as_json(self) -> str:
        """Returns the page as it is written."""
        return json.dumps(asdict(self), indent=1)


def part_file(name: str) -> str:
    """Names the file of a table."""
    return f"tables/{name}.ndjson"


def about_of(archive: zipfile.ZipFile) -> About:
    """Reads the page; raises UsageError where the file is no backup, or one of a newer Regulars."""
    try:
        said = json.loads(archive.read(ABOUT))
        tables = [Part(**each) for each in said.pop("tables")]
        about = About(tables=tables, **said)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"this is no backup: its {ABOUT} says {error}", remedy=REMEDY) from None
    if about.format != FORMAT:
        raise UsageError(
            f"this backup has the format {about.format}", remedy="restore it with the Regulars that made it"
        )
    return about


def opened(file: Path) -> zipfile.ZipFile:
    """Opens a backup and tests that every byte of it is as it was written; raises UsageError where it is not."""
    try:
        archive = zipfile.ZipFile(file)
        broken = archive.testzip()
    except (zipfile.BadZipFile, EOFError, ValueError) as error:
        raise UsageError(f"{file} is no backup: {error}", remedy=REMEDY) from None
    if broken is not None:
        raise UsageError(f"{file} is damaged: {broken} is not what was written", remedy="take another backup")
    return archive


def rows_of(archive: zipfile.ZipFile, part: Part) -> Iterator[list[Any]]:
    """Yields the rows of a table."""
    with archive.open(part_file(part.name)) as lines:
        for line in lines:
            yield json.loads(line)
