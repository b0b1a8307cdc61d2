"""Makes the tables of what comes back from mail, and the columns by which mails and addresses tell of it."""

from __future__ import annotations

from typing import Any

import models
from models.migrations import has_column

NEW = (models.Feedback, models.Suppression, models.FeedbackCount, models.SeenToken, models.MailboxRead)
COLUMNS = (
    ("message", "returned", "varchar(16)"),
    ("message", "returned_at", "bigint"),
    ("address", "suppressed_until_at", "bigint"),
)
# What was suppressed before there was a story gets its first line.
FIRST = (
    "insert into suppression (address_id, at, act, reason) "
    "select id, suppressed_at, 'suppressed', coalesce(suppressed_reason, 'by_hand') from address "
    "where suppressed_at is not null and not exists (select 1 from suppression)"
)
PARTIAL = 'create index if not exists "{}" on "{}" ({}) where "{}" is not null'
INDEXES = (
    PARTIAL.format("mails_that_came_back", "message", '"shop_id", "returned_at"', "returned"),
    PARTIAL.format("suppressed_addresses", "address", '"suppressed_reason"', "suppressed_at"),
    PARTIAL.format("paused_addresses", "address", '"suppressed_until_at"', "suppressed_until_at"),
)


def up(migrator: Any, db: Any) -> None:
    """Adds what is missing."""
    for table, column, kind in COLUMNS:
        if not has_column(db, table, column):
            db.execute_sql(f'alter table "{table}" add column {column} {kind}')
    with db.bind_ctx(NEW, bind_refs=False, bind_backrefs=False):
        db.create_tables(NEW, safe=True)
    db.execute_sql(FIRST)
    for statement in INDEXES:
        db.execute_sql(statement)


def down(migrator: Any, db: Any) -> None:
    """Keeps them: nothing suffers from a table or a column too many."""
