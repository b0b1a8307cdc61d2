"""RULES.md as rule tests: each folder here is a rulebook with its tests, played on both databases."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from engine.config import Config, read_config
from engine.rehearsal.cases import Case
from engine.rehearsal.run_tests import read_folder
from engine.rehearsal.simulate import simulate
from engine.rehearsal.verdict import judge, report
from engine.rulebook.ast import Rulebook
from engine.rulebook.load import load_rulebook
from engine.rulebook.server_words import vocabulary_of
from engine.store import open_store

HERE = Path(__file__).parent
TOPICS = sorted(folder.name for folder in HERE.iterdir() if (folder / "tests").is_dir())


@cache
def config() -> Config:
    """A server with one Polish shop and rates for euros and hryvnias."""
    sender = {"name": "Optyk", "address": "sklep@optyk.example"}
    shop = {"shop": "optyk", "name": "Optyk", "sender": sender, "postal": "Optyk, ul. Szeroka 14, Kraków"}
    return read_config({"shops": [shop], "rates": {"EUR": "4.00", "UAH": "0.10"}, "purposes": ["surveys"]})


@cache
def topic(name: str) -> tuple[Rulebook, list[Case]]:
    """The rulebook of a folder and its tests; every file must be sound."""
    vocabulary = vocabulary_of(config(), None)
    rulebook = load_rulebook(HERE / name, vocabulary)
    assert not rulebook.errors, [str(problem) for problem in rulebook.errors]
    cases, problems = read_folder(HERE / name, config(), rulebook, vocabulary)
    assert not problems, [str(problem) for problem in problems]
    return rulebook, cases


def cases() -> list[tuple[str, Case]]:
    """Every test of every topic."""
    return [(name, case) for name in TOPICS for case in topic(name)[1]]


@pytest.mark.parametrize(
    ("name", "case"), cases(), ids=lambda value: value.name if isinstance(value, Case) else value
)
def test_the_language_means_what_it_says(name: str, case: Case) -> None:
    """Each test of the folder passes, as `test` plays it: on SQLite in memory."""
    verdict = judge(case, simulate(case, config(), topic(name)[0]))
    assert verdict.passed, "\n".join(report(verdict))


@pytest.mark.parametrize("name", TOPICS)
def test_it_means_the_same_on_postgresql(name: str, postgresql_url: str) -> None:
    """All tests of a folder pass on one PostgreSQL database, each in a transaction that is taken back."""
    store, failed = open_store(postgresql_url), []
    with store.use():
        for case in topic(name)[1]:
            with store.transaction() as transaction:
                verdict = judge(case, simulate(case, config(), topic(name)[0], store=store))
                transaction.rollback()
            failed += [] if verdict.passed else report(verdict)
    store.close()
    assert not failed, "\n".join(failed)
