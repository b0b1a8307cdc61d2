"""Where a backtest writes: tables of its own that stand before the shop's, whose facts it only reads.

SQLite: a file of its own with the home's database attached, opened for reading only. PostgreSQL: a schema of its own that
is looked through first. Either way the engine's queries find facts in the one place and decisions in the other, and a
process that was killed finds what it had decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from peewee import SqliteDatabase

from engine.bulk import run
from engine.errors import StoreError, UsageError
from engine.store import BUSY_SECONDS, Store
from models import (
    Change,
    Cursor,
    Decision,
    Hold,
    Member,
    Message,
    RuleState,
    Setting,
    Settlement,
)

OUTCOMES = (Message, Decision, Settlement, Hold, Change, Member, Cursor, RuleState, Setting)
SHOP = "shop"  # what the home's database is called beside a scratch file
PREFIX = "backtest_"
# Nothing here need outlive the machine, only the process; and what is mapped counts as memory.
PRAGMAS = {"main.journal_mode": "wal", "main.synchronous": "off", "main.cache_size": -65536, "foreign_keys": 0,
           f"{SHOP}.cache_size": -786432, "mmap_size": 0, "temp_store": "memory",
           "busy_timeout": BUSY_SECONDS * 1000}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scratch:
    """One backtest's own tables; `facts` names the schema in which the shop's stand."""

    store: Store
    name: str
    facts: str
    file: Path | None = None

    @property
    def own(self) -> str:
        """Names the schema of the scratch tables."""
        return self.name if self.store.postgresql else "main"

    def adopt(self, table: Any, where: str = "true") -> None:
        """Takes a table of the shop's as it is into the scratch tables, so that this backtest may change it."""
        name = str(table._meta.table_name)
        if not self.owns(name):
            self._make(table)
        columns = ", ".join(f'"{field.column_name}"' for field in table._meta.sorted_fields)
        run(
            self.store,
            f'insert into "{name}" ({columns}) select {columns} from {self.facts}."{name}" where {where}',
        )
        if self.store.postgresql:
            last = f'(select coalesce(max(id), 0) + 1 from "{name}")'
            run(self.store, f"select setval('{self.name}.\"{name}_own\"', {last}, false)")

    def owns(self, table: str) -> bool:
        """Says whether a table stands among the scratch tables."""
        if self.store.postgresql:
            found = run(self.store, "select to_regclass(%s)", (f'{self.name}."{table}"',))
            return found[0][0] is not None
        return bool(
            run(self.store, "select 1 from main.sqlite_master where type = 'table' and name = ?", (table,))
        )

    def create(self) -> None:
        """Makes the tables of outcomes, empty."""
        for table in OUTCOMES:
            self._make(table)

    def _make(self, table: Any) -> None:
        name = str(table._meta.table_name)
        if not self.store.postgresql:
            table._schema.create_table(safe=True)
            table._schema.create_indexes(safe=True)
            return
        run(self.store, f'create table {self.name}."{name}" (like {self.facts}."{name}" including all)')
        # a sequence of its own: numbers of the shop's are not used up
        run(self.store, f'create sequence {self.name}."{name}_own" owned by {self.name}."{name}".id')
        default = f"nextval('{self.name}.\"{name}_own\"')"
        run(self.store, f'alter table {self.name}."{name}" alter column id set default {default}')

    def drop(self) -> None:
        """Leaves nothing behind."""
        if self.store.postgresql:
            run(self.store, f"drop schema if exists {self.name} cascade")
        self.store.close()
        if self.file is not None:
            forget(self.file)


def forget(file: Path) -> None:
    """Deletes a scratch file and what SQLite keeps beside it."""
    for path in (file, *(file.with_name(f"{file.name}-{more}") for more in ("wal", "shm", "journal"))):
        path.unlink(missing_ok=True)


@contextmanager
def scratch_of(home: Store, folder: Path, digest: str, fresh: bool) -> Iterator[Scratch]:
    """Opens the scratch tables of a backtest, empty or as they were left, and makes the tables read and write there.

    Raises StoreError where the store cannot be read from beside, or lets nobody make a schema.
    """
    scratch = _postgresql(home, digest, fresh) if home.postgresql else _sqlite(home, folder, digest, fresh)
    try:
        with scratch.store.use():
            yield scratch
    finally:
        scratch.store.close()


def _sqlite(home: Store, folder: Path, digest: str, fresh: bool) -> Scratch:
    if home.in_memory:
        raise UsageError("a store in memory cannot be tested on", remedy="name a home with --home DIR")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # what stands there is about customers
    file = folder / f"{PREFIX}{digest}.db"
    if fresh:
        forget(file)
    file.touch(mode=0o600, exist_ok=True)
    database = SqliteDatabase(f"file:{quote(str(file.absolute()))}", pragmas=PRAGMAS, timeout=BUSY_SECONDS,
                              uri=True, check_same_thread=False)  # fmt: skip
    database.attach(f"file:{quote(home.url.removeprefix('sqlite:///'))}?mode=ro", SHOP)
    return Scratch(Store(database, f"sqlite:///{file}"), file.stem, SHOP, file)


def _postgresql(home: Store, digest: str, fresh: bool) -> Scratch:
    from playhouse.postgres_ext import PooledPsycopg3Database
    from psycopg import errors

    name = f"{PREFIX}{digest}"
    facts = str(run(home, "select current_schema()")[0][0])
    try:
        if fresh:
            run(home, f"drop schema if exists {name} cascade")
        run(home, f"create schema if not exists {name}")
    except Exception as error:
        if isinstance(error.__cause__ or error.__context__, errors.InsufficientPrivilege):
            remedy = "grant create on the database to the user of Regulars"
            raise StoreError("a backtest needs a schema of its own", remedy=remedy) from error
        raise
    options = f"-c search_path={name},{facts}"
    return Scratch(Store(PooledPsycopg3Database(home.url, options=options), home.url), name, facts)
