"""Lets lists of the API be read in the order in which the shop changed things, page by page, however many there are."""

from __future__ import annotations

from typing import Any

LISTS = {"orders": "orders", "product": "products", "customer": "customers"}


def up(migrator: Any, db: Any) -> None:
    """Makes the indexes where they are not there."""
    for table, name in LISTS.items():
        db.execute_sql(f'create index if not exists {name}_as_updated on "{table}" (shop_id, updated_at, id)')


def down(migrator: Any, db: Any) -> None:
    """Keeps them: nothing suffers from an index too many."""
