"""`server.py check`: what it prints, in three formats, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli.main import main

ROOT = Path(__file__).parents[2]
CONFIG = """
shops:
  - shop: optics
    name: Optyk
    currency: PLN
    sender: {name: Optyk, address: optyk@example.com}
    postal: Optyk, ul. Długa 1, Kraków
rates: {EUR: 4.3}
purposes: [contests]
"""
RULE = "- rule: thanks\n  when: {ordered: {total: '>= 50 EUR'}}\n  purpose: contests\n  send: thank-you\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with config.yaml, a rule and its template."""
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    (tmp_path / "rules").mkdir()
    (tmp_path / "templates" / "email" / "thank-you").mkdir(parents=True)
    (tmp_path / "templates" / "email" / "_layout").mkdir()
    (tmp_path / "rules" / "thanks.yaml").write_text(RULE, "utf-8")
    return tmp_path


def check(shop: Path, *options: str) -> int:
    return main(["check", "--config", str(shop / "config.yaml"), "--rules", str(shop / "rules"), *options])


def break_it(shop: Path) -> None:
    (shop / "rules" / "thanks.yaml").write_text(RULE.replace("EUR", "EURO").replace("thank-you", "thank-yo"))


def test_sound_rules_end_well(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(shop) == 0
    assert capsys.readouterr().out == "0 errors, 0 warnings: 1 rule and 0 segments can run.\n"


def test_each_mistake_stands_on_a_line_and_ends_in_one(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    break_it(shop)
    assert check(shop) == 1
    assert capsys.readouterr().out.splitlines() == [
        "rules/thanks.yaml:2:27: unknown currency 'EURO'; did you mean 'EUR'?",
        "rules/thanks.yaml:4:9: unknown template 'thank-yo'; did you mean 'thank-you'?",
        "2 errors, 0 warnings: 0 rules and 0 segments can run; broken: thanks.",
    ]


def test_a_warning_is_printed_and_passes(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "rules" / "policy.yaml").write_text("caps: [{at_most: 1 per 7 days}]\n")
    assert check(shop) == 0
    assert "rules/thanks.yaml:1:3: warning: thanks expires 7 days after it is due" in capsys.readouterr().out


@pytest.mark.parametrize("options", [["--json"], ["--format", "json"]])
def test_the_findings_can_be_had_as_json(
    shop: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    break_it(shop)
    assert check(shop, *options) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["rules"], report["broken"], report["errors"]) == ([], ["thanks"], 2)
    assert report["problems"][0] == {
        "level": "error",
        "file": "rules/thanks.yaml",
        "line": 2,
        "column": 27,
        "message": "unknown currency 'EURO'; did you mean 'EUR'?",
        "rule": "thanks",
    }


def test_github_shows_the_findings_beside_the_lines(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    break_it(shop)
    assert check(shop, "--format", "github") == 1
    first = capsys.readouterr().out.splitlines()[0]
    assert (
        first == "::error file=rules/thanks.yaml,line=2,col=27::unknown currency 'EURO'; did you mean 'EUR'?"
    )


def test_per_cent_signs_and_lines_do_not_break_an_annotation(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "rules" / "thanks.yaml").write_text(RULE + "  holdout: 10 %%\n")
    check(shop, "--format", "github")
    assert "not '10 %25%25'" in capsys.readouterr().out


def test_a_folder_that_is_not_there_cannot_be_checked(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "rules" / "thanks.yaml").unlink()
    (shop / "rules").rmdir()
    assert check(shop) == 2
    assert "name the folder of the rules with --rules DIR" in capsys.readouterr().err


def test_without_templates_beside_the_rules_any_template_is_taken(shop: Path) -> None:
    (shop / "templates").rename(shop / "elsewhere")
    break_it(shop)
    (shop / "rules" / "thanks.yaml").write_text(RULE.replace("thank-you", "anything"))
    assert check(shop) == 0


def test_a_policy_too_large_for_its_engine_is_an_error(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = "".join(f"  - {{name: n{n}, if: {{orders: {n}}}, hold: [marketing]}}\n" for n in range(80))
    (shop / "rules" / "policy.yaml").write_text(f"house_rules:\n{rules}")
    assert check(shop) == 1
    assert "the rule engine can hold" in capsys.readouterr().out


def test_the_shipped_rules_have_neither_errors_nor_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--config", str(ROOT / "config.yaml"), "--rules", str(ROOT / "rules")]) == 0
    assert capsys.readouterr().out.startswith("0 errors, 0 warnings")
