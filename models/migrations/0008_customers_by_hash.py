"""Lets PostgreSQL find a customer in as many steps whether there are a thousand or a million."""

from __future__ import annotations

from typing import Any

from models.lookups import find_customers_by_hash


def up(migrator: Any, db: Any) -> None:
    """Adds the index; in SQLite a row's key is its place already."""
    find_customers_by_hash(db)


def down(migrator: Any, db: Any) -> None:
    """Leaves it: nothing suffers from an index too many."""
