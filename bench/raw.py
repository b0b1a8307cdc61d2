"""What the server wrote, read back and inserted by raw executemany into a database of the same tables and indexes."""

from __future__ import annotations

import argparse
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from engine.cli.home import open_home
from models import TABLES

ROOT = Path(__file__).resolve().parents[1]
COUNTED_TABLES = ("address", "customer", "product", "orders", "order_version", "line", "change")
Rows = dict[str, list[tuple[Any, ...]]]


def written(folder: Path, after: Mapping[str, int] | None = None) -> Rows:
    """Reads back the rows that the server has written: all, or those whose ids are beyond `after`, by table."""
    home = open_home(argparse.Namespace(
        config=str(folder / "config.yaml"), rules=str(ROOT / "rules"), home=str(folder / "home")
    ))  # fmt: skip
    with home.store.use():
        cursor = home.store.database.cursor()
        found: Rows = {}
        for name in COUNTED_TABLES:
            cursor.execute(f'select * from "{name}" where id > {(after or {}).get(name, 0)} order by id')
            found[name] = [tuple(row) for row in cursor.fetchall()]
    home.store.close()
    return found


class Raw:
    """A database that is filled by hand; it grows as the served one does, so that both always write into as much."""

    def __init__(self, connection: Any, mark: str) -> None:
        self.connection, self.mark = connection, mark
        self.newest: dict[str, int] = {}  # the last id of each table

    def insert(self, rows: Rows, parts: int) -> float:
        """Inserts the rows by executemany, in so many durable transactions; returns the seconds."""
        cursor = self.connection.cursor()
        began = time.perf_counter()
        for part in range(parts):
            if self.mark == "?":
                cursor.execute("begin immediate")
            for name, mine in rows.items():
                some = mine[len(mine) * part // parts : len(mine) * (part + 1) // parts]
                if some:
                    marks = ", ".join([self.mark] * len(some[0]))
                    cursor.executemany(f'insert into "{name}" values ({marks})', some)
            cursor.execute("commit") if self.mark == "?" else self.connection.commit()
        seconds = time.perf_counter() - began
        self.newest |= {name: mine[-1][0] for name, mine in rows.items() if mine}
        return seconds


@contextmanager
def raw(url: str | None, folder: Path) -> Iterator[Raw]:
    """Gives an empty database: a file of SQLite's in the folder, or PostgreSQL's at the url."""
    connection, mark = (
        _sqlite(str(folder / f"raw-{time.monotonic_ns()}.db")) if url is None else _postgresql(url)
    )
    try:
        yield Raw(connection, mark)
    finally:
        connection.close()


def _sqlite(file: str) -> tuple[Any, str]:
    from engine.store import open_store

    open_store(f"sqlite:///{file}").create().close()
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode = wal", "synchronous = full", "cache_size = -65536"):
        connection.execute(f"pragma {pragma}")
    _shop(connection, "?")
    return connection, "?"


def _postgresql(url: str) -> tuple[Any, str]:
    connection = psycopg.connect(url)
    connection.execute(
        "truncate "
        + ", ".join(f'"{table._meta.table_name}"' for table in TABLES)
        + " restart identity cascade"
    )
    connection.execute(
        "set session_replication_role = replica"
    )  # rows come in slices: what they name may come later
    _shop(connection, "%s")
    connection.commit()
    return connection, "%s"


def _shop(connection: Any, mark: str) -> None:
    sql = f"insert into shop (id, key, name, timezone, currency, country, language) values ({', '.join([mark] * 7)})"
    connection.execute(sql, (1, "bench", "Bench", "Europe/Warsaw", "PLN", "PL", "pl"))
