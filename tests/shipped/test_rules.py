"""The rules that ship: nothing is wrong with them, their own tests pass, and no rule is left without one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.config import load_config
from engine.delivery.context import context_of
from engine.delivery.issues import issues_of
from engine.delivery.render import render
from engine.delivery.templates import Templates
from engine.policy.limits import policy_limits
from engine.rehearsal.cases import Case
from engine.rehearsal.coverage import uncovered
from engine.rehearsal.run_tests import play, read_folder
from engine.rehearsal.verdict import report
from engine.rulebook.load import load_rulebook
from engine.rulebook.server_words import vocabulary_of

ROOT = Path(__file__).parents[2]
CONFIG = load_config(ROOT / "config.yaml")
VOCABULARY = vocabulary_of(CONFIG, ROOT / "templates")
RULES = load_rulebook(ROOT / "rules", VOCABULARY)
CASES, FAULTS = read_folder(ROOT / "rules", CONFIG, RULES, VOCABULARY)
TEMPLATES = Templates(ROOT / "templates" / "email")


def test_nothing_is_wrong_with_the_shipped_rules_not_even_a_warning() -> None:
    assert [str(problem) for problem in (*RULES.problems, *policy_limits(RULES.policy), *FAULTS)] == []


def test_every_shipped_rule_says_what_it_is_and_why() -> None:
    assert [rule.id for rule in RULES.rules.values() if rule.title == rule.id or not rule.note] == []


def test_every_shipped_rule_is_seen_to_send_by_a_test() -> None:
    sending = {expected.rule for case in CASES for expected in case.expect if expected.outcome == "send"}
    assert sorted(set(RULES.rules) - sending) == []


def test_every_house_rule_is_named_by_a_test_of_the_policy() -> None:
    names = " ".join(case.name for case in CASES)
    assert [rule.name for rule in RULES.policy.house_rules if rule.name not in names] == []


def test_no_rule_and_no_part_of_the_policy_is_without_a_test_that_makes_it_fire() -> None:
    verdicts = play(CASES, CONFIG, RULES, lambda case: None, issues_of(TEMPLATES))
    assert uncovered(verdicts, RULES) == []


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_shipped_rule_test_passes(case: Case) -> None:
    (verdict,) = play([case], CONFIG, RULES, _reader, issues_of(TEMPLATES))
    assert verdict.passed, "\n".join(report(verdict))


def _reader(case: Case) -> Any:
    """Renders the mails of a test as the customer reads them."""
    shop = CONFIG.model_copy(update={"shops": (case.shop,)})

    def read(message: Any, now: int) -> tuple[str, str]:
        found = render(context_of(message, shop, now), TEMPLATES)
        return found.subject, found.text

    return read
