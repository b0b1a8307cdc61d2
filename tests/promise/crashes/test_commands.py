"""Commands that are killed between two durable steps: done again they end as if nothing had happened."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from copy import copy
from pathlib import Path

import pytest

from engine.consent.erasures import NAME
from engine.store import open_store
from models import Customer, Order, Publication
from models.migrations import pending
from tests.promise.crashes.home import Home
from tests.promise.crashes.sink import Relay


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home that nobody serves, in which Anna and Borys have ordered; each test works on a copy of it."""
    folder = tmp_path_factory.mktemp("commands")
    with Relay() as relay:
        made = Home(folder, relay)
        history = folder / "history.ndjson"
        orders = [made.order_of(name) for name in ("anna", "borys")]
        history.write_text("".join(f"{json.dumps(order)}\n" for order in orders), "utf-8")
        made.run("import", str(history))
        made.close()
        yield made


@pytest.fixture
def home(kept: Home, tmp_path: Path) -> Iterator[Home]:
    """That home, copied for one test."""
    home = copy(kept)
    home.home, home.failpoint = tmp_path / "home", tmp_path / "failpoint"
    shutil.copytree(kept.home, home.home)
    home.store = open_store(f"sqlite:///{home.home / 'regulars.db'}")
    yield home
    home.close()


def killed(home: Home, place: str, *words: str, times: int = 1) -> None:
    """Runs a command that dies at a place."""
    home.arm(place, times)
    assert home.spawn(*words).wait(60) == -signal.SIGKILL
    assert home.fired()
    home.disarm()


def names(home: Home) -> set[str]:
    """Returns the shop's ids of those who have not been erased."""
    store = open_store(f"sqlite:///{home.home / 'regulars.db'}")
    with store.use():
        found = {row.external_id for row in Customer.select() if row.erased_at is None}
    store.close()
    return found


def another_home(home: Home, folder: Path) -> Path:
    """Makes a migrated home beside the first; commands go there from now on. Returns the first one's folder."""
    first, home.home = home.home, folder / "another"
    home.run("migrate")
    return first


def test_a_migration_killed_after_its_third_step_goes_on_with_the_fourth(home: Home, tmp_path: Path) -> None:
    home.home = tmp_path / "new"
    killed(home, "migrate.step", "migrate", times=3)
    store = open_store(f"sqlite:///{home.home / 'regulars.db'}")
    with store.use():
        left = pending(store.database)
        assert left
        assert not any(name.startswith(("0001", "0002", "0003")) for name in left)
        home.run("migrate")
        assert pending(store.database) == []
    store.close()


def test_annas_erasure_happens_wholly_or_not_at_all_and_is_done_when_it_is_asked_for_again(
    home: Home,
) -> None:
    for place in ("erase.noted", "erase.written"):
        killed(home, place, "erase", "canna", "--yes")
        assert names(home) == {"canna", "cborys"}
        assert home.ask(lambda: Order.select().count()) == 2
    home.run("erase", "canna", "--yes")
    assert names(home) == {"cborys"}


def test_a_backup_killed_before_it_has_its_name_is_no_backup_and_the_next_one_is(
    home: Home, tmp_path: Path
) -> None:
    file = tmp_path / "one.zip"
    killed(home, "backup.written", "backup", str(file))
    assert not file.exists()
    home.run("backup", str(file))
    another_home(home, tmp_path)
    home.run("restore", str(file))
    assert names(home) == {"canna", "cborys"}


@pytest.mark.parametrize("place", ["restore.written", "restore.committed"])
def test_a_restore_that_is_killed_can_be_done_again_or_is_done_and_nobody_who_was_erased_comes_back(
    home: Home, tmp_path: Path, place: str
) -> None:
    file = tmp_path / "one.zip"
    home.run("backup", str(file))
    home.run("erase", "canna", "--yes")
    first = another_home(home, tmp_path)
    shutil.copy(first / NAME, home.home / NAME)
    killed(home, place, "restore", str(file))
    assert names(home) == (set() if place == "restore.written" else {"cborys"})
    if place == "restore.written":
        home.run("restore", str(file))
    assert names(home) == {"cborys"}
    assert (home.home / "secret.key").read_text() == (first / "secret.key").read_text()


def test_a_publication_that_is_killed_is_none_and_the_next_one_counts(home: Home) -> None:
    killed(home, "publish.written", "publish", "--author", "jolanta")
    assert home.ask(lambda: Publication.select().count()) == 0
    home.run("publish", "--author", "jolanta")
    assert home.ask(lambda: [made.author for made in Publication.select()]) == ["jolanta"]
