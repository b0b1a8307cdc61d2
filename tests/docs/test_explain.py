"""The page about explanations is played: its rule test passes, its answers are what `explain` says, its keys are all there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.cli.moments import moment_of
from engine.config import Config, load_config
from engine.matching.view import View
from engine.policy.compiled import compile_policy
from engine.policy.history import Draw
from engine.rehearsal.cases import Case
from engine.rehearsal.explaining.explain import Asking, explain
from engine.rehearsal.explaining.model import Explained
from engine.rehearsal.run_tests import play, read_folder
from engine.rehearsal.simulate import simulate
from engine.rehearsal.stand import fresh_store
from engine.rehearsal.verdict import report
from engine.reports.explained.shape import as_json
from engine.reports.explained.tell import speaker_of, text
from engine.rulebook.ast import Rulebook
from engine.rulebook.load import load_rulebook
from engine.rulebook.server_words import vocabulary_of
from models import Customer
from tests.docs.test_cookbook import BLOCK, ROOT

PAGE = (ROOT / "docs" / "explain.md").read_text("utf-8")
SESSION = re.compile(
    r"^```console\n\$ python server.py explain ([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, Rulebook, Case]:
    """The page's rules and its rule test."""
    folder = tmp_path_factory.mktemp("page")
    for name, words in BLOCK.findall(PAGE):
        file: Path = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(words, "utf-8")
    config = load_config(ROOT / "config.yaml")
    vocabulary = vocabulary_of(config, None)
    book = load_rulebook(folder / "rules", vocabulary)
    cases, problems = read_folder(folder / "rules", config, book, vocabulary)
    assert not book.errors
    assert not problems
    (case,) = cases
    return config, book, case


def asked(words: str, config: Config, book: Rulebook, case: Case) -> tuple[Explained, str]:
    """Plays the test up to the moment of a command and explains there; returns the language too."""
    customer, *options = shlex.split(words)
    said = dict(zip(options[::2], options[1::2], strict=True))
    store, found = fresh_store(), list[Explained]()

    def look(view: View) -> None:
        row = Customer.get(Customer.external_id == customer)
        asking = Asking(store, view, compile_policy(view.rulebook.policy), Draw(b"", on=False), view.now)
        found.append(explain(asking, row, [view.rulebook.rules[said["--rule"]]]))

    simulate(replace(case, until=moment_of(said["--at"], config)), config, book, watch=look, store=store)
    store.close()
    return found[0], said.get("--lang", "en")


def test_the_pages_rule_test_passes(played: tuple[Config, Rulebook, Case]) -> None:
    config, book, case = played
    for verdict in play([case], config, book, lambda _: None):  # type: ignore[arg-type,return-value]
        assert verdict.passed, "\n".join(report(verdict))


@pytest.mark.parametrize(("words", "answer"), SESSION.findall(PAGE), ids=lambda words: words[:40])
def test_each_answer_of_the_page_is_what_explain_says(
    played: tuple[Config, Rulebook, Case], words: str, answer: str
) -> None:
    found, language = asked(words, *played)
    assert text(found, speaker_of(found, language, "PLN")) + "\n" == answer


def test_every_key_of_the_json_is_on_the_page(played: tuple[Config, Rulebook, Case]) -> None:
    told = [as_json(asked(words, *played)[0]) for words, _ in SESSION.findall(PAGE)]
    assert [key for key in sorted(set(keys(told))) if f"`{key}`" not in PAGE] == []


def keys(value: Any, names: bool = True) -> Iterator[str]:
    """Yields the keys of JSON values; below `consents` and `stopped` of the policy stand purposes and rules."""
    if isinstance(value, list):
        for each in value:
            yield from keys(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from [key] if names else []
            yield from keys(each, key not in ("consents",))
