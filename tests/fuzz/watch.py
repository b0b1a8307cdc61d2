"""Which rows of which tables were written, told by triggers of the database itself: it sees each commit, and no rollback."""

from __future__ import annotations

import sqlite3
from typing import Any

import psycopg

from engine.store import Store
from tests.fuzz.world import NOW

TOUCHED = "fuzz_touched"
ACTS = ("insert", "update", "delete")
Counts = dict[str, tuple[int, int, int]]  # rows inserted, updated, deleted


class Watch:
    """Looks at a store over a connection of its own."""

    def __init__(self, store: Store) -> None:
        self.postgresql = store.postgresql
        self.connection: Any
        if store.postgresql:
            self.connection = psycopg.connect(store.url, autocommit=True)
        else:
            self.connection = sqlite3.connect(store.database.database, isolation_level=None, timeout=60)
        self.tables = self._tables()
        self._install()
        self.begun_with = self.counted()
        self.before = self.touched()

    def _run(self, sql: str) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(sql)
        return list(cursor.fetchall()) if cursor.description else []

    def _tables(self) -> list[str]:
        sql = (
            "select tablename from pg_tables where schemaname = 'public'"
            if self.postgresql
            else "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
        )
        return sorted(name for (name,) in self._run(sql))

    def _install(self) -> None:
        """Puts a trigger for each act on each table."""
        self._run(
            f"create table {TOUCHED} (name text primary key, inserted bigint not null default 0,"
            " updated bigint not null default 0, deleted bigint not null default 0)"
        )
        for table in self.tables:
            self._run(f"insert into {TOUCHED} (name) values ('{table}')")
            for act in ACTS:
                count = f"{act}{'d' if act.endswith('e') else 'ed'}"
                step = f"update {TOUCHED} set {count} = {count} + 1 where name = '{table}'"
                name, on = f"fuzz_{act}_{table}", f'after {act} on "{table}"'
                if self.postgresql:
                    self._run(
                        f"create function {name}() returns trigger language plpgsql as $$ begin {step}; return null; end $$"
                    )
                    self._run(f"create trigger {name} {on} for each row execute function {name}()")
                else:
                    self._run(f"create trigger {name} {on} begin {step}; end")

    def touched(self) -> Counts:
        """Returns how many rows of each table were ever written."""
        return {row[0]: (row[1], row[2], row[3]) for row in self._run(f"select * from {TOUCHED}")}

    def news(self) -> dict[str, tuple[int, ...]]:
        """Returns what was written since this was asked last, table by table."""
        now, before = self.touched(), self.before
        self.before = now
        if now == before:
            return {}
        return {
            name: tuple(b - a for a, b in zip(before[name], counts, strict=True))
            for name, counts in now.items()
            if counts != before[name]
        }

    def counted(self) -> dict[str, int]:
        """Counts every table."""
        return {table: self._run(f'select count(*) from "{table}"')[0][0] for table in self.tables}

    def untrue(self) -> list[str]:
        """Holds a count of every table against what the triggers have told; lists the tables in which they differ."""
        touched, counted = self.touched(), self.counted()
        return [
            f"{table}: {counted[table]} rows, {expected} by the triggers"
            for table in self.tables
            if counted[table] != (expected := self.begun_with[table] + touched[table][0] - touched[table][2])
        ]

    def unsound(self) -> list[str]:
        """Lists what no store may hold: rows that name rows that are gone, and lines whose order is somebody else's."""
        found = [] if self.postgresql else [str(row) for row in self._run("pragma foreign_key_check")]
        found += (
            []
            if self.postgresql
            else [row[0] for row in self._run("pragma integrity_check") if row[0] != "ok"]
        )
        for said, sql in UNSOUND.items():
            found += [f"{said}: {row[0]}" for row in self._run(sql.format(since=NOW))]
        return found

    def close(self) -> None:
        """Closes the connection."""
        self.connection.close()


UNSOUND = {
    "an order without a version": "select id from orders o where recorded_at >= {since} and not exists"
    " (select 1 from order_version v where v.order_id = o.id)",
    "a line of somebody else's order": "select l.id from line l join orders o on o.id = l.order_id"
    " where o.customer_id <> l.customer_id",
    "a refunded line without a refund": "select l.id from refund_line l left join refund r on r.id = l.refund_id"
    " where r.id is null",
}
