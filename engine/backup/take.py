"""Takes a backup: one moment of the whole store, while orders come in and mails go out."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playhouse.migrations import Runner

from engine.backup.file import ABOUT, FORMAT, SECRET, About, Part, part_file
from engine.failpoint import failpoint
from engine.store import Store
from models import TABLES
from models.migrations import FOLDER

AT_ONCE = 5_000  # rows
Told = Callable[[str, int], None]  # the table, and how many of its rows are written


def take(store: Store, file: Path, now: int, told: Told = lambda table, rows: None) -> About:
    """Writes the store as it is at one moment into `file`, which only its owner may read; all of it or nothing.

    Nobody waits meanwhile: both databases show a reader the store as it was when the reading began.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as out:
            with (
                zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
                _one_moment(store),
            ):
                about = _written(store, archive, now, told)
            out.flush()
            os.fsync(out.fileno())
        failpoint("backup.written")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return about


def _written(store: Store, archive: zipfile.ZipFile, now: int, told: Told) -> About:
    done = [row.name for row in Runner(store.database, str(FOLDER)).status() if row.applied]
    about = About(FORMAT, now, done, [_table(store, archive, table, told) for table in TABLES])
    archive.writestr(SECRET, store.secret.hex())
    archive.writestr(ABOUT, about.as_json())
    return about


def _table(store: Store, archive: zipfile.ZipFile, table: Any, told: Told) -> Part:
    name, columns, count = table._meta.table_name, list(table._meta.columns), 0
    with archive.open(part_file(name), "w", force_zip64=True) as out:
        for rows in _pieces(store, name, columns):
            out.write("".join(f"{json.dumps(list(row), ensure_ascii=False)}\n" for row in rows).encode())
            count += len(rows)
            told(name, count)
    return Part(name, columns, count)


@contextmanager
def _one_moment(store: Store) -> Iterator[None]:
    """Begins to read: what others write from now on is not seen."""
    with store.database.atomic():
        if store.postgresql:
            store.database.execute_sql("set transaction isolation level repeatable read read only")
        yield


def _pieces(store: Store, name: str, columns: list[str]) -> Iterator[list[tuple[Any, ...]]]:
    """Yields the rows of a table some thousand at a time, so that memory stays flat however many there are."""
    wanted = ", ".join(f'"{column}"' for column in columns)
    connection = store.database.connection()
    cursor = connection.cursor(name="backup") if store.postgresql else connection.cursor()
    try:
        cursor.execute(f'select {wanted} from "{name}" order by "id"')
        while rows := cursor.fetchmany(AT_ONCE):
            yield rows
    finally:
        cursor.close()
