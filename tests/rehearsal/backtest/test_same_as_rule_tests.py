"""One meaning: over the facts that a rule test has left, a backtest decides what the rule test decided, to the minute."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.config import Config
from engine.matching.view import View
from engine.policy.history import Draw
from engine.rehearsal.backtest.play import Plan, play
from engine.rehearsal.backtest.scratch import scratch_of
from engine.rehearsal.cases import Case
from engine.rehearsal.simulate import TEST_KEY, simulate
from engine.rulebook.ast import Rulebook
from engine.store import Store, open_store
from models import Decision, Message
from tests.language.test_language import config, topic
from tests.stores import fresh_database

# What no history is kept of, or what a backtest leaves out on purpose; docs/backtest.md says so.
NOT_KEPT = {
    "taken up again when it was due already, it is acted on at once": "an order that came back is as if it never was gone",
    "what comes back when the rest has just run out is acted on at once": "the day on which a supply ends, before refunds",
    "what has run out longer ago than the rule is worth is not": "the day on which a supply ends, before refunds",
    "another word on how long a product lasts moves what is not yet decided": "how long a product was said to last",
    "what is held while its date moves stays what it was": "how long a product was said to last",
}
MAILS = {"was_sent", "clicked"}  # given as facts, they are mails of the tested days, which count for nothing
ON_BOTH = ("comings", "holding", "late", "membership", "once", "runs_out")
ON_SQLITE = ("delays", "edges", "house", "logic", "merging", "policy", "triggers", "unless", "who")


def playable(name: str) -> list[Case]:
    """The tests of a topic whose facts are kept."""
    cases = topic(name)[1]
    return [c for c in cases if c.name not in NOT_KEPT and not MAILS & {item.kind for item in c.given}]


def decided() -> list[tuple[str, ...]]:
    """What the tables in use hold: mails with their minute, and every decision."""
    m, d = Message, Decision
    mails = [
        (
            at,
            rule,
            customer,
            [{**anchor, "event": None} for anchor in anchors],
        )  # an entering has another number here
        for at, rule, customer, anchors in m.select(m.settled_at, m.rule, m.customer, m.anchors).tuples()
    ]
    rows = d.select(d.at, d.rule, d.customer, d.anchor_at, d.outcome, d.reason, d.until_at, d.because_of)
    return sorted([*(("sent", *map(str, r)) for r in mails), *(("", *map(str, r)) for r in rows.tuples())])


def assert_the_same(
    store: Store, folder: Path, case: Case, rulebook: Rulebook, settings: Config, days: int = 50
) -> None:
    """Plays a rule test, then the facts that it left once more as a backtest does, so many days at once."""
    seen: list[View] = []
    simulate(case, settings, rulebook, watch=seen.append, store=store)
    view, expected = seen[0], decided()
    draw, (shop, book) = Draw(TEST_KEY, case.holdout), (view.shop, view.rulebook)
    plan = Plan(view.config, shop, view.shop_id, book, case.start, case.until, draw, lambda due: True, days)
    with scratch_of(store, folder, "test", fresh=True) as scratch:
        assert len(list(play(plan, scratch))) >= 1
        found = decided()
        scratch.drop()
    assert found == expected, case
    assert decided() == expected, "the home was written to"


@contextmanager
def opened(url: str) -> Iterator[Store]:
    store = open_store(url)
    with store.use():
        yield store
    store.close()


@pytest.mark.parametrize("name", ON_BOTH + ON_SQLITE)
def test_a_backtest_decides_what_the_rule_test_decided(
    name: str, sqlite_template: Path, tmp_path: Path
) -> None:
    for case in playable(name):
        shutil.copy(sqlite_template, tmp_path / "home.db")
        with opened(f"sqlite:///{tmp_path / 'home.db'}") as store:
            assert_the_same(store, tmp_path / "scratch", case, topic(name)[0], config())


@pytest.mark.parametrize("name", ON_BOTH)
def test_it_decides_the_same_on_postgresql(
    name: str, postgresql_server: str, postgresql_template: str, tmp_path: Path
) -> None:
    for case in playable(name)[::3]:
        with fresh_database(postgresql_server, postgresql_template) as url, opened(url) as store:
            assert_the_same(store, tmp_path, case, topic(name)[0], config())


def test_what_is_excepted_is_still_there() -> None:
    """A test that was renamed would be excepted no longer, or for nothing."""
    names = {case.name for name in ON_BOTH + ON_SQLITE for case in topic(name)[1]}
    assert set(NOT_KEPT) <= names
