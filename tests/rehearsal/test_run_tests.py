"""Each rule test begins with an empty store, whatever the ones before it have left, and however they ended."""

from __future__ import annotations

from pathlib import Path

from tests.rehearsal.played import played

RULES = """
- {rule: thanks, when: {ordered: {number: 1}}, send: plain, note: n}
- {rule: round, when: {was_sent: {rule: round}}, send: plain, note: n}
"""
FIRST = """
  - test: Anna's first order
    rules: [thanks]
    given: [ordered: {customer: anna, at: 2026-03-02 12:00}]
    expect: [{at: 2026-03-02 12:00, send: thanks, to: anna}]
"""
CIRCLE = """
  - test: a mail that causes itself
    rules: [round]
    given: [was_sent: {customer: anna, rule: round, at: 2026-03-02 12:00}]
    expect: []
"""
REFUSED = """
  - test: an address that no shop could report
    given: [customer: {id: anna, email: nowhere, at: 2026-03-02 12:00}]
    expect: []
"""


def test_a_test_finds_nothing_of_those_before_it(tmp_path: Path) -> None:
    _, verdicts = played(tmp_path, rules=RULES, tests="policy: none\ntests:" + FIRST * 3)
    assert [verdict.passed for verdict in verdicts] == [True] * 3


def test_nor_of_one_that_could_not_be_played_to_its_end(tmp_path: Path) -> None:
    _, verdicts = played(
        tmp_path, rules=RULES, tests="policy: none\ntests:" + CIRCLE + FIRST + REFUSED + FIRST
    )
    assert [verdict.error is None for verdict in verdicts] == [False, True, False, True]
    assert [verdict.passed for verdict in verdicts] == [False, True, False, True]
    assert "mails cause mails without end" in str(verdicts[0].error)
