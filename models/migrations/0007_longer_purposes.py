"""Makes room in the ledger for `rule:ID`: who stopped the mails of one rule said so there."""

from __future__ import annotations

from typing import Any

from models.people import ConsentChange

TABLE = ConsentChange._meta.table_name
LENGTH = ConsentChange.purpose.max_length


def up(migrator: Any, db: Any) -> None:
    """Widens the column on PostgreSQL; SQLite asks for no length."""
    if type(db).__name__.lower().find("sqlite") < 0:
        db.execute_sql(
            f'alter table "{TABLE}" alter column purpose type varchar({LENGTH})'
        )  # none is rewritten


def down(migrator: Any, db: Any) -> None:
    """Leaves the column as wide as it is: what stands in it may need it."""
