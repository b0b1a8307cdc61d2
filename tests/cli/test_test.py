"""`server.py test`: what is broken is shown and stops no other test; the outcome for CI; again at each change."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from engine.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
SOUND = "- {rule: thanks, when: {ordered: any}, send: plain, note: n}\n"
TORN = "- {rule: refill, wen: {bought: any}, send: plain, note: n}\n"
THANKS = """
  - test: Anna is thanked
    rules: [thanks]
    given: [ordered: {customer: anna, at: 2026-03-02 12:00}]
    expect: [{at: 2026-03-02 12:00, send: thanks, to: anna}]
"""
REFILL = """
  - test: Borys is reminded
    rules: [refill]
    given: [ordered: {customer: borys, at: 2026-03-02 12:00}]
    expect: []
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A folder of rules with one sound rule and its test."""
    folder = tmp_path / "rules"
    (folder / "tests").mkdir(parents=True)
    (folder / "sound.yaml").write_text(SOUND, "utf-8")
    (folder / "tests" / "thanks.yaml").write_text(f"policy: none\ntests:{THANKS}", "utf-8")
    return folder


def said(capsys: pytest.CaptureFixture[str], rules: Path, *words: str) -> tuple[int, str, str]:
    code = main(["test", "--rules", str(rules), *words])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_a_broken_rule_is_shown_and_the_tests_of_the_others_pass(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (rules / "torn.yaml").write_text(TORN, "utf-8")
    code, out, err = said(capsys, rules)
    assert (code, out) == (0, "1 passed, 0 failed\n")
    assert "broken: rules/torn.yaml:1:18: unknown key 'wen'; did you mean 'when'?\n" in err


def test_a_test_that_names_the_broken_rule_fails_with_what_is_wrong(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (rules / "torn.yaml").write_text(TORN, "utf-8")
    (rules / "tests" / "refill.yaml").write_text(f"policy: none\ntests:{REFILL}", "utf-8")
    code, out, _ = said(capsys, rules)
    assert code == 1
    assert "1 passed, 1 failed" in out
    assert "FAILED  Borys is reminded" in out
    assert "unknown key 'wen'" in out


def test_a_broken_policy_stops_only_the_tests_that_are_played_by_it(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (rules / "policy.yaml").write_text("caps: [at_most: 0 per 3 days]\n", "utf-8")
    (rules / "tests" / "by-the-policy.yaml").write_text(
        "tests:" + THANKS.replace("Anna is", "Anna is again"), "utf-8"
    )
    code, out, err = said(capsys, rules)
    assert (code, "1 passed, 1 failed" in out) == (1, True)
    assert "FAILED  Anna is again thanked" in out
    assert err.startswith("broken: rules/policy.yaml:1:")


def test_a_file_that_cannot_be_read_at_all_is_exit_2(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (rules / "latin.yaml").write_bytes("- {rule: żar}".encode("iso8859-2"))
    code, out, err = said(capsys, rules, "--junit", str(rules.parent / "out.xml"))
    assert (code, out) == (2, "")
    assert "this is not UTF-8" in err
    assert "the tests were not played" in err
    root = ElementTree.parse(rules.parent / "out.xml").getroot()
    assert root.get("errors") == "1"


def test_the_outcome_is_written_for_ci_and_as_json(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, rules, "--junit", str(rules.parent / "out.xml"), "--json", "--coverage")
    assert code == 0
    assert json.loads(out)["passed"] == 1
    assert json.loads(out)["uncovered"] == []
    root = ElementTree.parse(rules.parent / "out.xml").getroot()
    assert [case.get("name") for case in root.iter("testcase")] == ["Anna is thanked"]


# --- why ---------------------------------------------------------------------------------------------

CAREFUL = """
- rule: reminder
  title: Time for lenses
  when: {ordered: any, after: 1 day}
  unless: {complained: any}
  who: {orders: ">= 1", not: {city: Kraków}}
  send: plain
  note: n
"""
FAILING = """
policy: none
rules: [reminder]
until: 2026-03-31
tests:
  - test: too much
    given: [ordered: {customer: anna, at: 2026-03-02 12:00}, customer: {id: anna, city: Lublin}]
    expect: []
  - test: other words
    given: [ordered: {customer: anna, at: 2026-03-02 12:00}, customer: {id: anna, city: Lublin}]
    expect: [{at: 2026-03-03 12:00, send: reminder, to: anna, subject_has: frames}]
  - test: too little
    given: [ordered: {customer: anna, at: 2026-03-02 12:00}, customer: {id: anna, city: Kraków}]
    expect: [{at: 2026-03-03 12:00, send: reminder, to: anna}]
"""
WHY = {
    "too much": "no: The city is Lublin (asked: Kraków).",
    "other words": "yes: The number of orders is 1 (asked: at least 1).",
    "too little": "yes: The city is Kraków (asked: Kraków).",
}


@pytest.fixture
def failing(rules: Path) -> Path:
    """A folder whose tests fail in each way: too much, other words, too little."""
    (rules / "sound.yaml").write_text(CAREFUL, "utf-8")
    (rules / "tests" / "thanks.yaml").write_text(FAILING, "utf-8")
    return rules


def test_every_failure_says_why_condition_by_condition(
    failing: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = said(capsys, failing)
    assert code == 1
    told = dict(zip(WHY, out.split("FAILED  ")[1:], strict=True))
    for name, why in WHY.items():
        assert told[name].startswith(f"{name}\n")
        assert "why: Time for lenses (reminder): 1 day after an order.\n" in told[name]
        assert why in told[name]
    assert "why:     yes: If asked now, the policy lets it go." in told["too much"]


def test_json_and_junit_say_why_too(failing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said(capsys, failing, "--json", "--junit", str(failing.parent / "out.xml"))
    in_json = {test["test"]: "\n".join(test["report"]) for test in json.loads(out)["tests"]}
    cases = ElementTree.parse(failing.parent / "out.xml").getroot().iter("testcase")
    in_junit = {case.get("name"): case.findtext("failure") or "" for case in cases}
    for name, why in WHY.items():
        assert "why:" in in_json[name]
        assert why in in_json[name]
        assert why in in_junit[name]


def test_what_could_not_happen_at_all_is_said_in_a_word(
    failing: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expect = "\n".join(
        f"      - {{at: {at}, send: {rule}, to: {who}}}"
        for at, rule, who in (("2026-05-01", "reminder", "anna"), ("2026-03-03 12:00", "thanks", "anna"),
                              ("2026-03-04", "reminder", "borys"))
    )  # fmt: skip
    given = "[ordered: {customer: anna, at: 2026-03-02 12:00}, customer: {id: borys, signed_up: 2026-03-20}]"
    test = f"  - test: never\n    given: {given}\n    expect:\n{expect}\n"
    (failing / "tests" / "thanks.yaml").write_text(FAILING.partition("  - test")[0] + test, "utf-8")
    (failing / "more.yaml").write_text(SOUND, "utf-8")
    _, out, _ = said(capsys, failing)
    assert "why: the test ends at 2026-03-31 23:59; write a later until:\n" in out
    assert "why: this test does not play thanks; name it in rules:\n" in out
    assert "why: borys is not known by then\n" in out


# --- watching -----------------------------------------------------------------------------------------


@pytest.fixture
def watching(rules: Path) -> Iterator[subprocess.Popen[str]]:
    """The command with `--watch`, which ends with the test."""
    command = [sys.executable, "server.py", "test", "--watch", "--rules", str(rules)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )
    yield process
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def until_waiting(process: subprocess.Popen[str]) -> str:
    """Reads what the command says up to where it waits for a change."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        if line.startswith("waiting for a change"):
            return "".join(lines)
        lines.append(line)
    raise AssertionError("".join(lines))


def test_it_plays_again_at_each_change_until_it_is_interrupted(
    rules: Path, watching: subprocess.Popen[str]
) -> None:
    assert until_waiting(watching).endswith("1 passed, 0 failed\n")  # a word on the engine may come first
    other = THANKS.replace("Anna", "Borys").replace("send: thanks, to: anna", "send: thanks, to: borys")
    (rules / "tests" / "borys.yaml").write_text(f"policy: none\ntests:{other}", "utf-8")
    assert "nothing given is about a customer 'borys'" in until_waiting(watching)
    (rules / "tests" / "borys.yaml").write_text(
        f"policy: none\ntests:{THANKS.replace('Anna', 'Borys')}", "utf-8"
    )
    assert until_waiting(watching) == "2 passed, 0 failed\n"
    (rules / "sound.yaml").write_text(SOUND.replace("ordered: any}", "ordered: any, after: 1 day}"), "utf-8")
    assert until_waiting(watching).endswith("0 passed, 2 failed\n")
    watching.send_signal(signal.SIGINT)
    assert watching.wait(timeout=10) == 1
    assert watching.stdout is not None
    assert "Traceback" not in watching.stdout.read()
