"""Brings a database up to the tables of this code, one numbered file after another, each once.

0001 makes the tables as the code has them now, so a new database is up to date at once. Whoever changes a table after
that adds NNNN_what.py with `up(migrator, db)`, which asks first whether the change is there already (`has_column`),
because in a new database it is; the same change in models/ belongs to the same commit.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from peewee import Database
from playhouse.migrations import Runner

FOLDER = Path(__file__).parent
LOCK = 0x5265_6774  # of PostgreSQL: one migration at a time


class TooNew(Exception):
    """Says that the database was made by newer code than this."""


def pending(database: Database) -> list[str]:
    """Lists the migrations that the database has not had; raises TooNew where it has had some that this code lacks."""
    status = Runner(database, str(FOLDER)).status()
    unknown = [migration.name for migration in status if migration.path is None]
    if unknown:
        raise TooNew(
            f"the database has had {', '.join(unknown)}, which this version of Regulars does not know"
        )
    return [migration.name for migration in status if not migration.applied]


def migrate(database: Database, told: Callable[[str], None] = lambda name: None) -> list[str]:
    """Brings the database up to date and returns the names of what was done; doing it again does nothing.

    `told` hears of each migration when it is committed.

    Two processes may try at once: on PostgreSQL the second waits and finds nothing to do, on SQLite the file's lock
    makes each step wait, and every step asks first whether it is needed.
    """
    if not pending(database):
        return []
    done: list[str] = []
    with Turn(database):
        for name in pending(database):
            done += Runner(database, str(FOLDER)).up(name)
            told(name)
    return done


def has_column(database: Database, table: str, column: str) -> bool:
    """Says whether a table has a column already."""
    return column in {found.name for found in database.get_columns(table)}


class Turn:
    """Holds PostgreSQL's lock for migrations, of the session, so that each step can have its own transaction."""

    def __init__(self, database: Database) -> None:
        self.database, self.waits = database, type(database).__name__.lower().find("sqlite") < 0

    def __enter__(self) -> None:
        if self.waits:
            self.database.execute_sql("select pg_advisory_lock(%s)", (LOCK,))

    def __exit__(self, *error: Any) -> None:
        if self.waits:
            self.database.execute_sql("select pg_advisory_unlock(%s)", (LOCK,))
