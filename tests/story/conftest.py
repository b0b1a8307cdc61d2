"""The servers of the stories, each in a home of its own and gone with its story."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.story.served import Served


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def regulars(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    """A running Regulars, once on each kind of database."""
    postgresql = request.param == "postgresql"
    database = request.getfixturevalue("empty_postgresql_url") if postgresql else None
    yield from _running(tmp_path, database)


@pytest.fixture
def small_regulars(tmp_path: Path) -> Iterator[Served]:
    """A running Regulars on SQLite, for what does not depend on the database."""
    yield from _running(tmp_path, None)


def _running(folder: Path, database: str | None) -> Iterator[Served]:
    server = Served(folder, database)
    server.start()
    yield server
    assert server.process
    if server.process.poll() is None:
        assert server.stop() == 0, server.log.read_text("utf-8")
