"""Columns that hold paths: compared byte by byte on either database."""

from __future__ import annotations

from typing import Any

from peewee import SqliteDatabase

PATHS = ("line", "product", "product_version", "event")


def compare_by_bytes(db: Any) -> None:
    """Gives PostgreSQL's category columns the collation C, which is what SQLite does; repeating it changes nothing."""
    if isinstance(getattr(db, "obj", db), SqliteDatabase):
        return
    for table in PATHS:
        db.execute_sql(f'alter table "{table}" alter column category type varchar(255) collate "C"')
