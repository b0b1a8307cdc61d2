"""Migrations: a new store gets every table, an old one what it lacks, and a newer one is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from peewee import TextField
from playhouse.migrate import SchemaMigrator
from playhouse.migrate import migrate as change

import models
from engine.config_sending import Pace
from engine.outbox.claim import claim
from engine.store import Store, open_store
from models.migrations import FOLDER, TooNew, has_column, migrate, pending
from tests.outbox.shop import NOON, Optician


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


@pytest.mark.parametrize("lasts", [30, None])
def test_a_store_from_before_supplies_gets_their_columns_and_a_note_to_date_them(
    empty: Store, lasts: int | None
) -> None:
    with empty.use():
        migrate(empty.database)
        empty.database.execute_sql("drop index line_runs_out")
        for column in ("runs_out_at", "runs_out_recorded_at"):
            empty.database.execute_sql(f'alter table "line" drop column {column}')
        empty.database.execute_sql("drop index event_of_product")
        empty.database.execute_sql("drop table price_day")
        empty.database.execute_sql("delete from schema_migration where name = '0004_goods_facts'")
        shop = models.Shop.create(
            key="optyk", name="Optyk", timezone="Europe/Warsaw", currency="PLN", country="PL", language="pl"
        )
        said = {"shop": shop, "recorded_at": 86_400_000_000, "lasts_days": lasts, "price_minor": 100}
        models.Product.create(external_id="A", updated_at=1, **said)
        models.Product.create(external_id="B", updated_at=0, **said)
        assert migrate(empty.database) == ["0004_goods_facts"]
        assert has_column(empty.database, "line", "runs_out_at")
        assert "line_runs_out" in {index.name for index in empty.database.get_indexes("line")}
        assert "event_of_product" in {index.name for index in empty.database.get_indexes("event")}
        noted = models.Setting.select().where(models.Setting.name == models.SUPPLIES_TO_DATE).count()
        prices = models.PriceDay.select(models.PriceDay.day, models.PriceDay.last_minor).tuples()
        assert (list(prices), noted) == ([("1970-01-02", 100)], int(lasts is not None))
    empty.close()


def test_a_store_from_before_paces_sends_what_waits_by_its_providers(empty: Store) -> None:
    with empty.use():
        migrate(empty.database)
        empty.database.execute_sql('drop index "message_state_domain_group_purpose_not_before_at"')
        for column in ("domain_group", "tried_at"):
            empty.database.execute_sql(f'alter table "message" drop column {column}')
        empty.database.execute_sql(
            'create index "message_state_purpose_not_before_at" on "message" (state, purpose, not_before_at)'
        )
        for table in ("pace", "overdue"):
            empty.database.execute_sql(f'drop table "{table}"')
        empty.database.execute_sql("delete from schema_migration where name = '0010_pace'")
        assert migrate(empty.database) == ["0010_pace"]
        names = {index.name for index in empty.database.get_indexes("message")}
        assert "message_state_domain_group_purpose_not_before_at" in names
        assert "message_state_purpose_not_before_at" not in names
        optician = Optician(empty)
        (key,) = optician.queue(optician.draft(optician.customer("Anna", email="anna@gmail.com")))
        models.Message.update(domain_group="others").execute()  # as a message of before has it
        pace = Pace(google=1)
        assert [row.id for row in claim(empty, "w1", NOON, 9, pace)] == [key]
        assert models.Message.get().domain_group == "google"
    empty.close()


def test_a_store_from_before_former_mailboxes_can_keep_them(empty: Store) -> None:
    with empty.use():
        migrate(empty.database)
        empty.database.execute_sql('drop table "customer_version"')
        empty.database.execute_sql(
            'create table "customer_version" ("id" integer primary key, "customer_id" integer)'
        )
        empty.database.execute_sql("delete from schema_migration where name = '0022_former_mailboxes'")
        assert migrate(empty.database) == ["0022_former_mailboxes"]
        assert models.CustomerVersion.select(models.CustomerVersion.address).count() == 0
        keys = empty.database.get_foreign_keys("customer_version")
        assert ("address_id", "address") in {(key.column, key.dest_table) for key in keys}
    empty.close()


def test_a_store_from_before_visits_gets_their_tables(empty: Store) -> None:
    with empty.use():
        migrate(empty.database)
        for table in ("visit_page", "visit", "visitor"):
            empty.database.execute_sql(f'drop table "{table}"')
        empty.database.execute_sql("delete from schema_migration where name = '0016_visits'")
        assert migrate(empty.database) == ["0016_visits"]
        assert {"visit", "visitor", "visit_page"} <= set(empty.database.get_tables())
        assert any(index.unique for index in empty.database.get_indexes("visit_page"))
    empty.close()
