"""Rows that every question looks up by key: found in as many steps in a large store as in a small one."""

from __future__ import annotations

from typing import Any

from peewee import SqliteDatabase


def find_customers_by_hash(db: Any) -> None:
    """Gives PostgreSQL a hash index of customers' keys beside the tree of the primary key; repeating it changes nothing.

    Matching looks up a customer for every anchor. A tree of a million keys is a page deeper than one of a hundred
    thousand; a bucket is one page away in both.
    """
    if not isinstance(getattr(db, "obj", db), SqliteDatabase):
        db.execute_sql('create index if not exists customer_id_hash on "customer" using hash (id)')
