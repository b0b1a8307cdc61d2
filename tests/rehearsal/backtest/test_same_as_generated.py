"""One meaning, over histories drawn at random: late facts, cancellations, refunds, changed zones, nights of changed clocks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.rehearsal.cases import Given
from tests.reference.engine_side import case_of
from tests.reference.histories_drawn import story
from tests.reference.story import Story, config
from tests.rehearsal.backtest.test_same_as_rule_tests import MAILS, assert_the_same, opened
from tests.stores import fresh_database


def kept(told: Story) -> bool:
    """Says whether a backtest can know the whole story: one rulebook, no outage, no order that came back."""
    plain = len(told.texts) == 1 and not told.outages
    return plain and not any(item.kind in MAILS for item in told.given) and not came_back(told.given)


def came_back(given: tuple[Given, ...]) -> bool:
    """Says whether an order was taken up again, or delivered after it had been cancelled."""
    cancelled = {item.keys["order"] for item in given if item.kind == "cancelled"}
    return any(item.kind in ("reinstated", "delivered") and item.keys["order"] in cancelled for item in given)


def played(seeds: range) -> list[Story]:
    return [told for told in map(story, seeds) if kept(told)]


@pytest.mark.parametrize("first", range(0, 120, 40))
def test_a_backtest_decides_what_was_decided(first: int, sqlite_template: Path, tmp_path: Path) -> None:
    told = played(range(first, first + 40))
    assert len(told) >= 10
    for number, one in enumerate(told):
        shutil.copy(sqlite_template, tmp_path / "home.db")
        with opened(f"sqlite:///{tmp_path / 'home.db'}") as store:
            days = (1, 50)[number % 2]
            assert_the_same(store, tmp_path / "scratch", case_of(one), one.books[0][1], config(), days)


def test_it_decides_the_same_on_postgresql(
    postgresql_server: str, postgresql_template: str, tmp_path: Path
) -> None:
    for one in played(range(200, 215)):
        with fresh_database(postgresql_server, postgresql_template) as url, opened(url) as store:
            assert_the_same(store, tmp_path, case_of(one), one.books[0][1], config(), 50)
