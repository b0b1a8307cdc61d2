"""What no test made happen is named: rules, house rules, groups, caps, quiet hours and closed days."""

from __future__ import annotations

from pathlib import Path

from engine.rehearsal.coverage import uncovered
from tests.rehearsal.played import played

RULES = """
- {rule: thanks, when: {ordered: any}, send: plain, note: n}
- {rule: refill, when: {bought: {category: lenses}, after: 10 days}, send: plain, note: n}
- {rule: resting, active: false, when: {ordered: any}, send: plain, note: n}
"""
POLICY = """
caps: [at_most: 1 per 3 days, at_most: 9 per 30 days]
quiet_hours: {from: "21:00", to: "08:00"}
closed: {weekdays: [sunday]}
groups: [{group: all, rules: [thanks, refill], at_most: 5 per 30 days}]
house_rules:
  - {name: peace, if: {open_complaints: ">= 1"}, hold: [marketing]}
"""


def test_everything_is_named_where_there_is_no_test(tmp_path: Path) -> None:
    book, verdicts = played(tmp_path, rules=RULES, policy=POLICY, tests="tests: []")
    assert uncovered(verdicts, book) == [
        "no test made the rule refill send", "no test made the rule thanks send",
        "no test made the house rule 'peace' hold or refuse anything",
        "no test made the group 'all' hold or refuse anything",
        "no test made the cap '1 per 3 days' hold or refuse anything",
        "no test made the cap '9 per 30 days' hold or refuse anything",
        "no test made the quiet hours hold or refuse anything", "no test made the closed days hold or refuse anything",
    ]  # fmt: skip


def test_what_a_test_made_happen_is_not_named(tmp_path: Path) -> None:
    tests = """
tests:
  - test: Anna is thanked in the morning, and not twice in three days
    rules: [thanks]
    until: 2026-03-04
    given:
      - ordered: {customer: anna, at: 2026-03-02 23:00}
      - ordered: {customer: anna, at: 2026-03-03 12:00}
    expect: [{at: 2026-03-03 08:00, send: thanks, to: anna}]
  - test: Borys complained
    rules: [thanks]
    until: 2026-03-04
    given:
      - complained: {customer: borys, at: 2026-03-02 12:00}
      - ordered: {customer: borys, at: 2026-03-02 13:00}
    expect: []
"""
    book, verdicts = played(tmp_path, rules=RULES, policy=POLICY, tests=tests)
    assert all(verdict.passed for verdict in verdicts)
    assert uncovered(verdicts, book) == [
        "no test made the rule refill send", "no test made the group 'all' hold or refuse anything",
        "no test made the cap '9 per 30 days' hold or refuse anything",
        "no test made the closed days hold or refuse anything",
    ]  # fmt: skip


def test_a_policy_of_the_tests_own_covers_nothing_of_the_folders(tmp_path: Path) -> None:
    tests = """
policy: {quiet_hours: {from: "21:00", to: "08:00"}}
tests:
  - test: Anna is thanked in the morning
    rules: [thanks]
    given: [ordered: {customer: anna, at: 2026-03-02 23:00}]
    expect: [{at: 2026-03-03 08:00, send: thanks, to: anna}]
"""
    book, verdicts = played(tmp_path, rules=RULES, policy=POLICY, tests=tests)
    assert all(verdict.passed for verdict in verdicts)
    assert "no test made the quiet hours hold or refuse anything" in uncovered(verdicts, book)
    assert "no test made the rule thanks send" not in uncovered(verdicts, book)
