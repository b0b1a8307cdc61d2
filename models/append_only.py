"""Tables that are only written to: the database itself refuses to change a line of theirs, or to take a young one away."""

from __future__ import annotations

from typing import Any

from peewee import SqliteDatabase

TABLES = ("act",)
KEPT_DAYS = 90  # no line younger than this can be deleted, whoever asks
KEPT = KEPT_DAYS * 86_400_000_000
REFUSED = "the audit log is append-only"


def refuse_changes(db: Any) -> None:
    """Gives each such table its guards; repeating it changes nothing.

    Age is reckoned from the newest line, because a database does not know our clock.
    """
    allow_changes(db)
    for table in TABLES:
        young = f"old.at > (select max(at) from {table}) - {KEPT}"
        if _sqlite(db):
            stop = f"begin select raise(abort, '{REFUSED}'); end"
            db.execute_sql(f"create trigger {table}_unchanged before update on {table} {stop}")
            db.execute_sql(f"create trigger {table}_kept before delete on {table} when {young} {stop}")
        else:
            keep = f"if tg_op = 'UPDATE' or {young} then raise exception '{REFUSED}'; end if; return old;"
            db.execute_sql(
                f"create or replace function {table}_guard() returns trigger language plpgsql as $$ begin {keep} end $$"
            )
            db.execute_sql(
                f"create trigger {table}_kept before update or delete on {table} for each row "
                f"execute function {table}_guard()"
            )


def allow_changes(db: Any) -> None:
    """Takes the guards away, for whoever puts a whole store in another's place; in the same transaction as that."""
    for table in TABLES:
        of = "" if _sqlite(db) else f" on {table}"
        for name in (f"{table}_unchanged", f"{table}_kept"):
            db.execute_sql(f"drop trigger if exists {name}{of}")


def _sqlite(db: Any) -> bool:
    return isinstance(getattr(db, "obj", db), SqliteDatabase)
