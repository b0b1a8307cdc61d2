"""A category's branch is a range of bytes, so no PostgreSQL may sort categories as a language does."""

from __future__ import annotations

from engine.store import Store
from models.paths import PATHS

COLLATION = "select table_name, collation_name from information_schema.columns where column_name = 'category'"


def test_categories_are_compared_byte_by_byte_on_either_database(store: Store) -> None:
    if store.postgresql:
        rows = dict(store.database.execute_sql(f"{COLLATION} and table_schema = 'public'").fetchall())
        assert rows == dict.fromkeys(PATHS, "C")
    else:
        assert store.database.execute_sql("select 'optics/a' < 'optics0'").fetchone() == (1,)
