"""Databases for the tests: every test of the store runs on SQLite and on PostgreSQL, each time on a fresh one."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from engine.store import Store, open_store
from models.base import serve_by_default
from models.migrations import migrate
from tests import postgresql, without

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql_server() -> str:
    """The address of the session's PostgreSQL without a database's name; where it does not start, tests fail."""
    if "postgresql" in without.left_out():
        pytest.skip("WITHOUT=postgresql leaves out what needs PostgreSQL")
    return postgresql.shared_url(Path(os.environ["REGULARS_TEST_SESSION"]))


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> str:
    """The name of a database with all tables and no rows, that this worker copies for each test."""
    name = f"template_{uuid.uuid4().hex[:12]}"
    make_database(postgresql_server, name)
    make_tables(f"{postgresql_server}/{name}")
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and no rows, that this worker copies for each test."""
    path = tmp_path_factory.mktemp("template") / "regulars.db"
    make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture
def empty_postgresql_url(postgresql_server: str) -> Iterator[str]:
    """A fresh PostgreSQL database without tables, for migrations."""
    with fresh_database(postgresql_server, "template0") as url:
        yield url


@pytest.fixture
def postgresql_url(postgresql_server: str, postgresql_template: str) -> Iterator[str]:
    """A fresh PostgreSQL database with all tables."""
    with fresh_database(postgresql_server, postgresql_template) as url:
        yield url


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh SQLite file with all tables."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'regulars.db')}"


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh database with all tables, once on each kind; for tests that start processes."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A fresh store with all tables, in use by the test; once on each kind of database."""
    opened = open_store(database_url)
    opened.serve_by_default()
    with opened.use():
        yield opened
    opened.close()
    serve_by_default(None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out what WITHOUT names, rather than skip it test by test."""
    gone = without.left_out()
    kept = [item for item in items if not gone & needs(item)]
    if dropped := [item for item in items if gone & needs(item)]:
        config.hook.pytest_deselected(items=dropped)
    items[:] = kept


def needs(item: pytest.Item) -> set[str]:
    """Returns which of the things that WITHOUT may name a test needs, by its fixtures, kinds and marks."""
    fixtures = set(getattr(item, "fixturenames", ()))
    found = {mark.name for mark in item.iter_markers()} & set(without.KNOWN)
    kinds = getattr(getattr(item, "callspec", None), "params", {})
    if kinds.get("database_url") == "postgresql" or (
        fixtures & {"postgresql_server"} and "database_url" not in kinds
    ):
        found.add("postgresql")
    if "browser" in fixtures:
        found.add("browser")
    return found


def make_tables(url: str) -> None:
    """Fill an empty database with the tables of a new home."""
    opened = open_store(url)
    with opened.use():
        migrate(opened.database)
    opened.close()


def make_database(server: str, name: str, template: str = "template0") -> None:
    """Make a database as a copy of a template that nobody is connected to."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')


@contextmanager
def fresh_database(server: str, template: str) -> Iterator[str]:
    """Gives the address of a new database and drops it afterwards, whoever is still connected."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    make_database(server, name, template)
    yield f"{server}/{name}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
