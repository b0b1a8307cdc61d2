"""Gives messages their provider, so that a slow one holds up nobody else; makes the tables of paces and of late work."""

from __future__ import annotations

from typing import Any

import models
from models.migrations import has_column

NEW = (models.Pace, models.Overdue)
FORMER = "message_state_purpose_not_before_at"
# said in full: the table of today's code has columns that only later steps add
NAME = "message_state_domain_group_purpose_not_before_at"
COLUMNS = '"state", "domain_group", "purpose", "not_before_at"'


def up(migrator: Any, db: Any) -> None:
    """Adds what is missing. Messages that wait find their provider when a sender first takes them."""
    with db.bind_ctx(NEW, bind_refs=False, bind_backrefs=False):
        db.create_tables(NEW, safe=True)
        if not has_column(db, "message", "domain_group"):
            db.execute_sql(
                "alter table \"message\" add column domain_group varchar(16) not null default 'others'"
            )
        if not has_column(db, "message", "tried_at"):
            db.execute_sql('alter table "message" add column tried_at bigint')
        db.execute_sql(f'drop index if exists "{FORMER}"')
        db.execute_sql(f'create index if not exists "{NAME}" on "message" ({COLUMNS})')


def down(migrator: Any, db: Any) -> None:
    """Keeps them: nothing suffers from a column too many."""
