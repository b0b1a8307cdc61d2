"""Keeps what a source sent that could not be read, how late it told of it, and how long it was ever silent."""

from __future__ import annotations

from typing import Any

import models
from models.migrations import has_column


def up(migrator: Any, db: Any) -> None:
    """Adds the columns and the table where they are not there."""
    for column in ("lag", "longest_silence"):
        if not has_column(db, "source", column):
            db.execute_sql(f'alter table "source" add column "{column}" bigint')
    with db.bind_ctx([models.RefusedMessage], bind_refs=False, bind_backrefs=False):
        db.create_tables([models.RefusedMessage], safe=True)


def down(migrator: Any, db: Any) -> None:
    """Keeps them: nothing suffers from a column too many."""
