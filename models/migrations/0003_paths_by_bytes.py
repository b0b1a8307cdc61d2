"""Lets PostgreSQL compare categories byte by byte, whatever the language of its database.

A branch is a range of paths ('0' follows '/'). A database that sorts as a language does would pass over the strokes.
"""

from __future__ import annotations

from typing import Any

from models.paths import compare_by_bytes


def up(migrator: Any, db: Any) -> None:
    """Changes the columns; SQLite compares by bytes already."""
    compare_by_bytes(db)


def down(migrator: Any, db: Any) -> None:
    """Leaves the columns as they are: nothing depends on the former order."""
