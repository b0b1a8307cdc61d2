"""A rule's page says what its mails led to, and never claims more than the numbers do."""

from __future__ import annotations

from typing import Any

import pytest

from engine.reports.outcome import outcome
from engine.reports.voice import Voice
from engine.reports.words import catalogue
from tests.feedback.conftest import Town, at, refill, town  # noqa: F401 - a fixture
from tests.feedback.test_results import held_out, mailed

NOW = "2026-04-01 12:00"


def told(town: Town, language: str = "en") -> Any:  # noqa: F811
    rule = refill("{bought: {category: optics}, within: 14 days}")
    voice = Voice(catalogue("console"), language, "Europe/Warsaw", at(NOW))
    return outcome(town.view(NOW, rule), rule, voice)


def test_without_a_holdout_it_says_what_cannot_be_known(town: Town) -> None:  # noqa: F811
    mailed(town, "anna")
    found = told(town)
    assert found.goal == "What counts: a purchase (optics) within 14 days of the mail."
    assert "holdout: 10 per cent" in found.said
    assert [row.name for row in found.rows] == ["Mailed"]


def test_small_groups_prove_nothing(town: Town) -> None:  # noqa: F811
    mailed(town, "anna", variant="b")
    held_out(town, "celina")
    town.buys("anna", "2026-03-03 12:00", total=12_345)
    found = told(town)
    assert "too few" in found.said
    assert [(row.name, row.customers, row.successes, row.share) for row in found.rows] == [
        ("Mailed", 1, 1, "100.0%"), ("Variant b", 1, 1, "100.0%"), ("Held out", 1, 0, "0.0%"),
    ]  # fmt: skip
    assert found.rows[0].revenue == "123.45\xa0PLN"
    assert found.rows[2].between == "0.0% to 79.3%"


def test_a_group_whose_time_is_not_up_is_not_compared(town: Town) -> None:  # noqa: F811
    mailed(town, "anna")
    held_out(town, "celina", "2026-03-30 10:00")
    found = told(town)
    assert (found.open, found.rows[1].share) == (1, "–")
    assert "not up yet" in found.said


@pytest.mark.parametrize(("language", "said"), [("pl", "zakup (optics)"), ("uk", "покупка (optics)")])
def test_it_is_said_in_the_readers_language(town: Town, language: str, said: str) -> None:  # noqa: F811
    mailed(town, "anna")
    assert said in told(town, language).goal
