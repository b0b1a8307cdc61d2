"""The database of a home: opened for SQLite or PostgreSQL, which are equals, and chosen for a stretch of work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from peewee import Database, DatabaseError, InterfaceError, SqliteDatabase
from playhouse.pool import PooledSqliteDatabase

import models
from engine.afterwards import committing
from engine.errors import StoreError
from models.base import choose, serve_by_default, unchoose
from models.lookups import find_customers_by_hash
from models.objections import find_objections
from models.paths import compare_by_bytes

BUSY_SECONDS = 60
# SQLite's most: a store of gigabytes is read through the system's cache, uncopied
MAPPED_BYTES = 2**31 - 65536
# A machine that falls asleep in the midst of a transaction holds its rows: PostgreSQL gives up on it, so that the others
# need not wait until it wakes. A url with options of its own (`?options=` alone, for pgbouncer) says otherwise.
SLEEPERS = (
    "-c idle_in_transaction_session_timeout=120000 -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10"
    " -c tcp_keepalives_count=3"
)
STATEMENTS = 1024  # kept by a connection as SQLite has worked them out; a shop's rules ask some hundred again and again
PRAGMAS = {"journal_mode": "wal", "synchronous": "full", "foreign_keys": 1, "cache_size": -65536, "temp_store": "memory",
           "busy_timeout": BUSY_SECONDS * 1000, "mmap_size": MAPPED_BYTES}  # fmt: skip


class Store:
    """One open database."""

    def __init__(self, database: Database, url: str) -> None:
        self.database, self.url = database, url
        self.postgresql = not isinstance(database, SqliteDatabase)  # the two dialects differ in a few places
        self.listeners: dict[
            str, tuple[tuple[str, frozenset[str]], ...]
        ] = {}  # engine/notices.py: who hears of what
        self.shop_keys: dict[int, str] = {}
        self.secret = b""  # of the home: by it alone an erased mailbox is known again
        self.home: Path | None = None  # where lists lie that a backup from before is told of
        self._turn = threading.RLock()
        self._writer: Store | None = None

    @contextmanager
    def use(self, reachable: bool = True) -> Iterator[Store]:
        """Makes the tables read and write here for this thread or task, on a connection of its own.

        Where the database is away this raises; with `reachable=False` only whoever asks it something is told.
        """
        token, opened = choose(self.database), False
        try:
            with suppress(*(() if reachable else (DatabaseError, InterfaceError))):
                opened = self.database.connect(reuse_if_open=True)
            yield self
        finally:
            if opened and not self.in_memory:
                self.database.close()
            unchoose(token)

    @property
    def in_memory(self) -> bool:
        """Says whether closing would lose everything."""
        return self.url == "sqlite://:memory:"

    def transaction(self) -> Any:
        """Begins a transaction; on SQLite it takes the write lock at once, so that what it reads stays true."""
        return self._told(self.database.atomic() if self.postgresql else self._in_turn())

    @contextmanager
    def _told(self, transaction: Any) -> Iterator[Any]:
        """Lets what was asked for `after_commit` happen when the outermost transaction is committed."""
        with committing(self.database.in_transaction()), transaction as begun:
            yield begun

    @contextmanager
    def _in_turn(self) -> Iterator[Any]:
        """Lets the threads of this process queue for SQLite's write lock: SQLite itself would have them sleep and retry."""
        with self._turn, self.database.atomic(lock_type="IMMEDIATE") as transaction:
            yield transaction

    def writer(self) -> Store:
        """Returns this store over one connection that all threads share, for those who write in turn, one at a time.

        On SQLite a connection forgets every page that it has read, and unmaps the file, as soon as another one has written:
        threads that write in turn, each over its own, read everything again (a fifth of an order's cost, measured).
        On PostgreSQL, in memory, and for whoever is inside a transaction already, it is the store itself.
        """
        if self.postgresql or self.in_memory or self.database.in_transaction():
            return self
        if self._writer is None:
            shared = SqliteDatabase(
                self.database.database, pragmas={**PRAGMAS, "mmap_size": 0}, timeout=BUSY_SECONDS,
                check_same_thread=False, cached_statements=STATEMENTS, thread_safe=False,
            )  # fmt: skip
            shared.connect()
            self._writer = Store(shared, self.url)
            self._writer.secret, self._writer.home, self._writer._turn = self.secret, self.home, self._turn
            self._writer.listeners, self._writer.shop_keys = self.listeners, self.shop_keys
        return self._writer

    def serve_by_default(self) -> None:
        """Makes this the database of every thread of the process that has not chosen another."""
        serve_by_default(self.database)

    def close(self) -> None:
        """Closes every connection."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self.database.close()
        closer = getattr(self.database, "close_all", None)
        if closer:
            closer()

    def create(self) -> Store:
        """Makes all tables, for rehearsals and tests; a served home uses migrations."""
        with self.use():
            self.database.create_tables(models.TABLES)
            compare_by_bytes(self.database)
            find_customers_by_hash(self.database)
            find_objections(self.database)
        return self


def root_of(error: BaseException) -> str:
    """Says in one line why the database failed: a full disk, not the rollback that failed because of it."""
    first, cause = str(error), error.__cause__ or error.__context__
    while cause is not None:
        first = str(cause) if isinstance(cause, DatabaseError) and str(cause) else first
        cause = cause.__cause__ or cause.__context__
    return first.strip().partition("\n")[0] or type(error).__name__


def open_store(url: str) -> Store:
    """Opens `sqlite:///FILE`, `sqlite://:memory:` or `postgresql://…`; raises StoreError with the reason."""
    if url.startswith("sqlite://"):
        return _open_sqlite(url)
    if url.startswith(("postgresql://", "postgres://")):
        return _open_postgresql(url)
    raise StoreError(
        f"database {url!r} is of no known kind", remedy="write sqlite:///FILE or postgresql://HOST/NAME"
    )


def _open_sqlite(url: str) -> Store:
    path = url.removeprefix("sqlite://")
    # three slashes stand before a relative path, four before an absolute one
    path = path if path == ":memory:" else path[1:]
    kind = SqliteDatabase if path == ":memory:" else PooledSqliteDatabase
    # The pool hands a connection to one thread at a time, but not always to the thread that opened it.
    database = kind(
        path, pragmas=PRAGMAS, timeout=BUSY_SECONDS, check_same_thread=False, cached_statements=STATEMENTS
    )
    try:
        if path != ":memory:":
            _make_private(Path(path))
            _demand_sqlite(Path(path))
        database.connect(reuse_if_open=True)
        if path != ":memory:":
            database.close()
    except DatabaseError as error:
        remedy = "check that it is a database of SQLite, and that its folder may be written and has room"
        raise StoreError(f"{path} cannot be opened: {error}", remedy=remedy) from error
    return Store(database, url)


def _demand_sqlite(file: Path) -> None:
    """Raises DatabaseError where a file is something else, before a connection to it is made that nobody could close."""
    with suppress(OSError), file.open("rb") as opened:
        if opened.read(16) not in (b"", b"SQLite format 3\x00"):
            raise DatabaseError("file is not a database")


def _make_private(file: Path) -> None:
    """Makes a new database that only its owner may read, for it holds customers; where that fails, SQLite says why."""
    with suppress(OSError):
        file.touch(mode=0o600, exist_ok=False)


def _open_postgresql(url: str) -> Store:
    # psycopg is imported only where it is used: it costs a SQLite home a fifth of a second at every start
    from playhouse.postgres_ext import PooledPsycopg3Database

    return Store(PooledPsycopg3Database(url, **({} if "options=" in url else {"options": SLEEPERS})), url)
