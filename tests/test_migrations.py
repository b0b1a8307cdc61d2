"""Migrations: a new store gets every table, an old one what it lacks, and a newer one is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from peewee import TextField
from playhouse.migrate import SchemaMigrator
from playhouse.migrate import migrate as change

import models
from engine.store import Store, open_store
from models.migrations import FOLDER, TooNew, has_column, migrate, pending


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "postgresql":
        return open_store(request.getfixturevalue("empty_postgresql_url"))
    return open_store(f"sqlite:///{tmp_path / 'new.db'}")


def test_a_new_store_gets_every_table_once(empty: Store) -> None:
    with empty.use():
        assert migrate(empty.database) == sorted(file.stem for file in FOLDER.glob("[0-9]*.py"))
        assert migrate(empty.database) == pending(empty.database) == []
        tables = set(empty.database.get_tables())
        assert {table._meta.table_name for table in models.TABLES} <= tables
        for table in models.TABLES:
            assert {c.name for c in empty.database.get_columns(table._meta.table_name)} == set(
                table._meta.columns
            )
    empty.close()


def test_a_store_of_newer_code_is_refused_and_named(empty: Store) -> None:
    with empty.use():
        migrate(empty.database)
        empty.database.execute_sql(
            "insert into schema_migration (name, applied) values ('0099_later', '2030-01-01')"
        )
        with pytest.raises(TooNew, match="0099_later"):
            migrate(empty.database)
    empty.close()


def test_a_later_migration_can_ask_whether_a_column_is_there(empty: Store) -> None:
    with empty.use():
        migrate(empty.database)
        assert not has_column(empty.database, "orders", "note")
        change(
            SchemaMigrator.from_database(empty.database).add_column("orders", "note", TextField(null=True))
        )
        assert has_column(empty.database, "orders", "note")
    empty.close()


def test_a_customer_is_found_in_as_many_steps_in_a_large_store(empty: Store) -> None:
    with empty.use():
        migrate(empty.database)
        found = {index.name: index.sql or "" for index in empty.database.get_indexes("customer")}
        hashed = [sql for sql in found.values() if "USING hash (id)" in sql]
        assert len(hashed) == (1 if empty.postgresql else 0)
    empty.close()
