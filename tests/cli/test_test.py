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
    assert until_waiting(watching) == "1 passed, 0 failed\n"
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
