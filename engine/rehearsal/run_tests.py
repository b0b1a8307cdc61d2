"""Runs the rule tests of a folder: reads all files first, then plays each test and judges it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePath

from engine.config import Config
from engine.errors import RegularsError, RulebookError
from engine.rehearsal.cases import Case
from engine.rehearsal.simulate import Outcome, Render, simulate
from engine.rehearsal.stand import fresh_store
from engine.rehearsal.testfile import Reading, read_tests, test_files
from engine.rehearsal.verdict import Verdict, judge
from engine.rulebook.ast import Problem, Rulebook
from engine.rulebook.findings import Findings
from engine.rulebook.vocabulary import Vocabulary
from engine.store import Store
from engine.tick import Speaks


def read_folder(
    folder: Path, config: Config, rulebook: Rulebook, vocabulary: Vocabulary
) -> tuple[list[Case], list[Problem]]:
    """Reads every test file below DIR/tests; returns the tests and what is wrong with the files."""
    reading = Reading(config, rulebook, vocabulary, Findings())
    cases: list[Case] = []
    for path in test_files(folder):
        name = f"{folder.resolve().name}/{path.relative_to(folder)}"
        try:
            cases += read_tests(path.read_text("utf-8"), name, reading)
        except (OSError, UnicodeDecodeError) as error:
            raise RulebookError(f"{name} cannot be read: {error}", remedy="save it as UTF-8 text") from error
    return cases, [problem for problem in reading.findings.problems if problem.level == "error"]


def broken(rulebook: Rulebook) -> tuple[list[Problem], list[Problem]]:
    """Splits a rulebook's errors: those that break a rule, a segment or the policy, and those that make a file unreadable.

    The first are shown and stop only the tests that need what is broken; with the second nothing is known of the rest.
    """
    named = {"policy": rulebook.policy_broken, "segments": bool(rulebook.broken_segments)}
    shown = [p for p in rulebook.errors if p.rule is not None or named.get(PurePath(p.place.file).stem)]
    return shown, [problem for problem in rulebook.errors if problem not in shown]


def play(
    cases: list[Case], config: Config, rulebook: Rulebook, render: Callable[[Case], Render | None],
    speaks: Speaks = lambda due: True,
) -> Iterator[Verdict]:  # fmt: skip
    """Plays the tests one after the other; a test that cannot be played fails and does not stop the others.

    All are played on one store, each in a transaction that is taken back: SQLite works out statements for each
    connection anew, which would take longer than running them.
    """
    store = fresh_store()
    try:
        for case in cases:
            if case.faults:
                yield Verdict(case, error="; ".join(case.faults))
                continue
            try:
                reader = render(case) if _reads(case) else None
                whole = partial(simulate, case, config, rulebook, reader, speaks=speaks)
                # What mails show is remembered for each store: whoever reads them gets a store of their own.
                yield judge(case, whole() if reader else _taken_back(store, whole))
            except RegularsError as error:
                yield Verdict(case, error=str(error))
    finally:
        store.close()


def _taken_back(store: Store, play: Callable[..., Outcome]) -> Outcome:
    with store.use(), store.transaction() as transaction:
        try:
            return play(store=store)
        finally:
            transaction.rollback()


def _reads(case: Case) -> bool:
    """Says whether a test looks at the words of a mail, which costs rendering it."""
    return any(e.subject is not None or e.subject_has or e.text_has for e in case.expect)
