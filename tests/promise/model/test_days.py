"""Any days of a shop keep the promise: a state machine finds orders of events that nobody thought of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from engine import store as stores
from engine.rehearsal.stand import fresh_store
from engine.store import Store
from tests.promise.conftest import Figures
from tests.promise.manners.relay import Relay
from tests.promise.model.machine import Days
from tests.promise.model.world import POLICY, RULES
from tests.stores import fresh_database

Open = Callable[[], Store]


@pytest.fixture
def days(tmp_path: Path) -> Iterator[type[Days]]:
    """The machine with a folder of rules and a relay; it lacks a store."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rules.yaml").write_text(RULES, "utf-8")
    (tmp_path / "rules" / "policy.yaml").write_text(POLICY, "utf-8")
    with Relay() as relay:
        yield type("Days", (Days,), {"folder": tmp_path, "relay": relay})


@pytest.fixture
def on_postgresql(postgresql_server: str, postgresql_template: str) -> Open:
    """Opens a fresh database, which goes when it is closed."""

    def open_it() -> Store:
        life = ExitStack()
        opened = stores.open_store(life.enter_context(fresh_database(postgresql_server, postgresql_template)))
        life.callback(opened.close)
        opened.close = life.close  # type: ignore[method-assign]
        return opened

    return open_it


def play(
    machine: type[Days], open_it: Open, lives: int, steps: int, derandomize: bool = True
) -> dict[str, int]:
    """Plays so many lives and counts what happened in them."""
    counted = dict.fromkeys(("lives", "orders", "order mails", "offers", "crashes"), 0)

    class Counting(machine):  # type: ignore[misc,valid-type]
        open_store = staticmethod(open_it)

        def teardown(self) -> None:
            super().teardown()
            counted["lives"] += 1
            counted["orders"] += len(self.plain.orders)
            counted["order mails"] += self.plain.thanked.total()
            counted["offers"] += sum(map(len, self.plain.offers.values()))
            counted["crashes"] += self.crashes

    run_state_machine_as_test(Counting, settings=settings(
        max_examples=lives, stateful_step_count=steps, deadline=None, derandomize=derandomize, database=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],  # shrinking takes minutes where a life takes a second
    ))  # fmt: skip
    return counted


def test_any_days_keep_the_promise_on_sqlite(days: type[Days]) -> None:
    assert min(play(days, fresh_store, 20, 25).values()) > 0


def test_any_days_keep_the_promise_on_postgresql(days: type[Days], on_postgresql: Open) -> None:
    assert min(play(days, on_postgresql, 4, 25).values()) > 0


@pytest.mark.long
def test_many_days_keep_the_promise_on_sqlite(days: type[Days], figures: Figures) -> None:
    figures("any days, SQLite", **play(days, fresh_store, 120, 40, derandomize=False))


@pytest.mark.long
def test_many_days_keep_the_promise_on_postgresql(
    days: type[Days], on_postgresql: Open, figures: Figures
) -> None:
    figures("any days, PostgreSQL", **play(days, on_postgresql, 20, 40, derandomize=False))
