"""The store itself, alike on both databases."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from peewee import OperationalError

from engine.store import Store, open_store, root_of
from models import Setting


def test_a_fresh_store_has_every_table_and_no_row(store: Store) -> None:
    assert Setting.select().count() == 0


@pytest.mark.parametrize("name", ["first", "second"])
def test_no_test_sees_the_rows_of_another(store: Store, name: str) -> None:
    Setting.create(name="paused", value=[name])
    assert Setting.select().count() == 1


def test_a_transaction_that_fails_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        Setting.create(name="paused", value=[])
        raise ZeroDivisionError
    assert Setting.select().count() == 0


def test_another_thread_sees_what_was_committed(store: Store) -> None:
    Setting.create(name="paused", value=["newsletter"])
    seen: list[object] = []

    def look() -> None:
        with store.use():
            seen.append(Setting.get(name="paused").value)

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [["newsletter"]]


def test_a_full_disk_is_told_as_such_and_not_as_the_rollback_that_failed_because_of_it() -> None:
    with pytest.raises(OperationalError) as failed:
        try:
            raise OperationalError("database or disk is full")
        except OperationalError:
            raise OperationalError("cannot rollback - no transaction is active")  # noqa: B904 - as peewee does
    assert root_of(failed.value) == "database or disk is full"


def test_a_new_database_is_its_owners_alone(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'regulars.db'}")
    with store.use():
        store.database.execute_sql("create table t (x)")
        assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
    store.close()


def test_those_who_write_in_turn_share_one_connection_whatever_their_thread(store: Store) -> None:
    def write() -> None:
        with store.writer().use(), store.writer().transaction():
            Setting.create(name=threading.current_thread().name, value=[])

    threads = [threading.Thread(target=write, name=name) for name in ("first", "second")]
    for thread in threads:
        thread.start()
        thread.join()
    assert store.postgresql or store.writer() is store.writer() is not store
    assert sorted(row.name for row in Setting.select()) == ["first", "second"]


def test_whoever_is_inside_a_transaction_writes_in_it(store: Store) -> None:
    with store.transaction():
        assert store.writer() is store
    store.close()
    with store.writer().use():
        assert Setting.select().count() == 0
