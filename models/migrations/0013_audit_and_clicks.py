"""Lets the log of acts tell the way and the customer's number and guards its lines; makes the tables of clicks."""

from __future__ import annotations

from typing import Any

import models
from models.append_only import allow_changes, refuse_changes
from models.migrations import has_column

NEW = {
    "channel": "varchar(16) not null default ''",
    "customer_number": "bigint",
    "detail": "text not null default '{}'",
}


def up(migrator: Any, db: Any) -> None:
    """Adds what is missing; a new home has the tables already, and still lacks the guards."""
    allow_changes(db)
    for column, kind in NEW.items():
        if not has_column(db, "act", column):
            db.execute_sql(f'alter table "act" add column {column} {kind}')
    made = [models.Act, models.Link, models.Click]
    with db.bind_ctx(made, bind_refs=False, bind_backrefs=False):
        db.create_tables(made, safe=True)
    refuse_changes(db)


def down(migrator: Any, db: Any) -> None:
    """Keeps them: what people did stays written."""
