"""Lets a customer's former versions say which mailbox was theirs, so that an erasure finds it."""

from __future__ import annotations

from typing import Any

from models.migrations import has_column


def up(migrator: Any, db: Any) -> None:
    """Adds the column and its index where they are not there."""
    if not has_column(db, "customer_version", "address_id"):
        db.execute_sql(
            'alter table "customer_version" add column "address_id" integer references "address" ("id") on delete set null'
        )
    db.execute_sql(
        'create index if not exists "former_mailboxes" on "customer_version" ("address_id") where "address_id" is not null'
    )


def down(migrator: Any, db: Any) -> None:
    """Keeps them: nothing suffers from a column too many."""
