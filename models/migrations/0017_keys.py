"""Lets keys be replaced and limited, and tells mails of test mode from others in the mailbox."""

from __future__ import annotations

from typing import Any

from models.migrations import has_column

NEW = {
    "api_key": {"family": "integer", "requests": "integer", "items": "integer", "expires_at": "bigint"},
    "caught": {"test": "boolean not null default false"},
}


def up(migrator: Any, db: Any) -> None:
    """Adds the columns where they are not there; keys of before have no successor and no limit of their own."""
    for table, columns in NEW.items():
        for column, kind in columns.items():
            if not has_column(db, table, column):
                db.execute_sql(f'alter table "{table}" add column "{column}" {kind}')


def down(migrator: Any, db: Any) -> None:
    """Keeps them: nothing suffers from a column too many."""
