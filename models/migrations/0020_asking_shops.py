"""Keeps how far each shop system has been asked, whose carts are whose, and when a shop wants to be forgotten."""

from __future__ import annotations

from typing import Any

import models
from models.migrations import has_column

NEW = (models.Pull, models.Cart)


def up(migrator: Any, db: Any) -> None:
    """Adds the column and the tables where they are not there."""
    if not has_column(db, "source", "redact_at"):
        db.execute_sql('alter table "source" add column "redact_at" bigint')
    with db.bind_ctx(NEW, bind_refs=False, bind_backrefs=False):
        db.create_tables(NEW, safe=True)


def down(migrator: Any, db: Any) -> None:
    """Keeps them: nothing suffers from a column too many."""
