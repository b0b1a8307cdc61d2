"""JUnit XML: whatever a test is called and whatever went wrong, a CI system can read it back."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Place
from engine.rehearsal.cases import Case
from engine.rehearsal.junit import junit
from engine.rehearsal.verdict import Verdict
from engine.rulebook.ast import Problem
from tests.rehearsal.played import CONFIG, played

RULES = "- {rule: thanks, when: {ordered: any}, send: plain, note: n}\n- {rule: torn, wen: 1}\n"
TESTS = """
policy: none
tests:
  - test: Anna is thanked
    given: [ordered: {customer: anna, at: 2026-03-02 12:00}]
    expect: [{at: 2026-03-02 12:00, send: thanks, to: anna}]
  - test: Borys is thanked <twice> & "more"
    given: [ordered: {customer: borys, at: 2026-03-02 12:00}]
    expect: [{at: 2026-03-02 12:00, send: thanks, to: borys}, {at: 2026-03-03 12:00, send: thanks, to: borys}]
  - test: Celina meets a rule that is torn
    given: [ordered: {customer: celina, at: 2026-03-02 12:00}]
    expect: [{at: 2026-03-02 12:00, send: torn, to: celina}]
"""


def test_each_test_is_a_case_with_its_place_and_what_went_wrong(tmp_path: Path) -> None:
    _, verdicts = played(tmp_path, rules=RULES, tests=TESTS)
    root = ElementTree.fromstring(junit(verdicts).encode())
    assert root.attrib == {"name": "rule tests", "tests": "3", "failures": "1", "errors": "1"}
    (suite,) = root.findall("testsuite")
    assert (suite.get("name"), suite.get("tests")) == ("rules/tests/all.yaml", "3")
    anna, borys, celina = suite.findall("testcase")
    assert (anna.get("classname"), anna.get("name")) == ("rules.tests.all", "Anna is thanked")
    assert [case.get("line") for case in (anna, borys, celina)] == ["4", "7", "10"]
    assert list(anna) == []
    assert borys.get("name") == 'Borys is thanked <twice> & "more"'
    failure, error = borys.find("failure"), celina.find("error")
    assert failure is not None and error is not None  # noqa: PT018 - one would say less of the other
    assert failure.get("message") == "expected, but not so: 2026-03-03 12:00 send thanks to borys"
    assert "2026-03-02 12:00  send    thanks to borys" in (failure.text or "")
    assert "rules/rules.yaml:2:" in (error.get("message") or "")


def test_files_that_could_not_be_read_are_an_error_too() -> None:
    problem = Problem("error", Place("rules/tests/a.yaml", 3, 1), "unknown key 'gven'")
    root = ElementTree.fromstring(junit([], [problem]).encode())
    assert (root.get("tests"), root.get("errors")) == ("1", "1")
    assert root.find("testsuite/testcase/error[@message]") is not None


@given(st.text(), st.text())
def test_no_name_and_no_words_break_the_file(name: str, words: str) -> None:
    case = Case(name, CONFIG.shops[0], None, None, (), 0, 0, (), False, Place(f"rules/tests/{name}", 1, 1))
    text = junit([Verdict(case), Verdict(case, error=words)])
    found = ElementTree.fromstring(text.encode("utf-8", "strict")).findall("testsuite/testcase")
    assert len(found) == 2
    plain = all(char.isprintable() or char in "\n\r\t" for char in name)
    assert not plain or found[0].get("name") == name


def test_the_escape_of_a_terminal_is_shown_by_its_number() -> None:
    case = Case(
        "red \x1b[31m", CONFIG.shops[0], None, None, (), 0, 0, (), False, Place("rules/tests/a.yaml", 1, 1)
    )
    assert 'name="red \\x1b[31m"' in junit([Verdict(case)])
