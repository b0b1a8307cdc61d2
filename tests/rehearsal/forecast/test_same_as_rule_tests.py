"""One meaning: from any moment on at which nothing more is learned, a forecast decides what a rule test decides."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from engine.matching.view import View
from engine.policy.history import Draw
from engine.rehearsal.backtest.scratch import scratch_of
from engine.rehearsal.cases import Case
from engine.rehearsal.forecast.ahead import Ahead, foresee
from engine.rehearsal.simulate import TEST_KEY, simulate
from engine.store import Store, open_store
from models import Cursor, Decision, Message
from tests.language.test_language import config, topic
from tests.stores import fresh_database

ON_BOTH = ("holding", "membership", "once", "policy")
ON_SQLITE = ("comings", "delays", "edges", "house", "merging", "runs_out", "triggers", "unless", "who")
Seen = list[tuple[str, ...]]


def last_news(case: Case) -> int:
    """Returns when the last thing of a test is learned."""
    return max(max(item.at or 0, item.recorded_at or 0) for item in case.given)


def decided(after: int) -> Seen:
    """Returns the mails and decisions after a moment; an entering has another number here."""
    m, d = Message, Decision
    rows = m.select(m.settled_at, m.rule, m.customer, m.anchors).where(m.settled_at > after).tuples()
    mails = [
        (at, rule, who, [{**anchor, "event": None} for anchor in anchors]) for at, rule, who, anchors in rows
    ]
    made = d.select(d.at, d.rule, d.customer, d.anchor_at, d.outcome, d.reason, d.until_at, d.because_of)
    rows = made.where(d.at > after).tuples()
    return sorted([*(("sent", *map(str, row)) for row in mails), *(("", *map(str, row)) for row in rows)])


@contextmanager
def copied(template: Path, file: Path) -> Iterator[Store]:
    shutil.copy(template, file)
    store = open_store(f"sqlite:///{file}")
    with store.use():
        yield store
    store.close()


def whole(case: Case, name: str, store: Store) -> Seen:
    simulate(case, config(), topic(name)[0], store=store)
    return decided(last_news(case))


def in_two_parts(case: Case, name: str, store: Store, folder: Path) -> Seen:
    """Plays a test as far as something is learned, and foresees the rest; the store itself stays as it was."""
    now, seen = last_news(case), list[View]()
    simulate(replace(case, until=now), config(), topic(name)[0], watch=seen.append, store=store)
    (view,), before = seen, decided(0)
    start = Cursor.get().ticked_at + 1
    plan = Ahead(
        view.config, view.shop, view.shop_id, view.rulebook, start, case.until, Draw(TEST_KEY, case.holdout),
        lambda due: True, acting=view.since, now=now,
    )  # fmt: skip
    with scratch_of(store, folder, "forecast", fresh=True) as scratch:
        list(foresee(plan, scratch))
        found = decided(now)
        scratch.drop()
    assert decided(0) == before, "the home was written to"
    return found


@pytest.mark.parametrize("name", ON_BOTH + ON_SQLITE)
def test_a_forecast_decides_what_the_rule_test_decides(
    name: str, sqlite_template: Path, tmp_path: Path
) -> None:
    compared = 0
    for case in topic(name)[1][:: 1 if name in ON_BOTH else 3]:
        if last_news(case) < case.until:
            with copied(sqlite_template, tmp_path / "whole.db") as store:
                expected = whole(case, name, store)
            with copied(sqlite_template, tmp_path / "parts.db") as store:
                assert in_two_parts(case, name, store, tmp_path) == expected, case.name
            compared += bool(expected)
            for file in tmp_path.glob("*.db*"):
                file.unlink()
    assert compared


@pytest.mark.parametrize("name", ON_BOTH)
def test_it_does_so_on_postgresql(
    name: str, postgresql_server: str, postgresql_template: str, tmp_path: Path
) -> None:
    case = next(case for case in topic(name)[1] if last_news(case) < case.until)
    found = []
    for play in (whole, lambda *given: in_two_parts(*given, tmp_path)):
        with fresh_database(postgresql_server, postgresql_template) as url:
            store = open_store(url)
            with store.use():
                found.append(play(case, name, store))
            store.close()
    assert found[0] == found[1]
    assert found[0]
