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
LETTER = "<mj-section><mj-column><mj-text>Dziękujemy!</mj-text></mj-column></mj-section>"

BY_BRAND = "- rule: refill\n  when: {bought: {brand: Acuvu}, after: 9 days}\n  send: thank-you\n"
ORDER = json.dumps(
    {
        "id": "1", "placed_at": "2026-01-01T10:00:00Z", "updated_at": "2026-01-01T10:00:00Z", "status": "paid",
        "currency": "PLN", "total": "60", "customer": {"id": "anna", "email": "anna@example.com", "first_name": "Anna"},
        "lines": [{"product": "ACU-30", "brand": "Acuvue", "category": "optics", "quantity": 1, "price": "60"}],
    }
)  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with config.yaml, a rule and its template."""
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    (tmp_path / "rules").mkdir()
    letter = tmp_path / "templates" / "email" / "thank-you" / "pl"
    letter.mkdir(parents=True)
    (letter / "subject.txt").write_text("Dziękujemy za zamówienie", "utf-8")
    (letter / "body.mjml").write_text(LETTER, "utf-8")
    (tmp_path / "templates" / "email" / "_layout").mkdir()
    (tmp_path / "rules" / "thanks.yaml").write_text(RULE, "utf-8")
    return tmp_path


def check(shop: Path, *options: str) -> int:
    home = str(shop / "var")
    return main(
        [
            "check",
            "--config",
            str(shop / "config.yaml"),
            "--rules",
            str(shop / "rules"),
            "--home",
            home,
            *options,
        ]
    )


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
        "rules/thanks.yaml:2:27: unknown currency 'EURO'; did you mean 'EUR'? [unknown-currency]",
        "rules/thanks.yaml:4:9: unknown template 'thank-yo'; did you mean 'thank-you'? [unknown-template]",
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
        "code": "unknown-currency",
        "file": "rules/thanks.yaml",
        "line": 2,
        "column": 27,
        "message": "unknown currency 'EURO'; did you mean 'EUR'?",
        "remedy": "did you mean 'EUR'?",
        "rule": "thanks",
    }


def test_github_shows_the_findings_beside_the_lines(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    break_it(shop)
    assert check(shop, "--format", "github") == 1
    first = capsys.readouterr().out.splitlines()[0]
    assert (
        first == "::error file=rules/thanks.yaml,line=2,col=27,title=unknown-currency"
        "::unknown currency 'EURO'; did you mean 'EUR'?"
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


def test_a_sentence_without_a_remedy_gets_that_of_its_kind(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "rules" / "thanks.yaml").write_text(RULE + "  priority: high\n")
    check(shop)
    line = capsys.readouterr().out.splitlines()[0]
    assert line == (
        "rules/thanks.yaml:5:13: priority takes a whole number from 0 to 100, not 'high'; "
        "write a whole number within these bounds [not-a-whole-number]"
    )


def test_strict_ends_badly_with_a_warning_and_well_without(shop: Path) -> None:
    assert check(shop, "--strict") == 0
    (shop / "rules" / "policy.yaml").write_text("caps: [{at_most: 1 per 7 days}]\n")
    assert (check(shop), check(shop, "--strict")) == (0, 1)


def test_an_annotation_names_the_file_of_a_strange_name(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "rules" / "a, b 10%.yaml").write_text("- rule: x\n  when: {bought: any}\n")
    check(shop, "--format", "github")
    assert capsys.readouterr().out.startswith(
        "::error file=rules/a%2C b 10%25.yaml,line=1,col=3,title=missing-key::"
    )


def test_a_broken_letter_and_a_broken_rule_test_are_found_too(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    letter = shop / "templates" / "email" / "thank-you" / "pl" / "body.mjml"
    letter.write_text(LETTER.replace("!", " {{ custmer.city }}"), "utf-8")
    (shop / "rules" / "tests").mkdir()
    (shop / "rules" / "tests" / "a.yaml").write_text("tests: [{tst: a}]\n")
    assert check(shop) == 1
    assert capsys.readouterr().out.splitlines() == [
        "rules/tests/a.yaml:1:10: unknown key 'tst'; did you mean 'test'? [unknown-key]",
        "templates/email/thank-you/pl/body.mjml:1:1: there is no variable 'custmer'; did you mean 'customer'? "
        "[template-variable]",
        "2 errors, 0 warnings: 1 rule and 0 segments can run.",
    ]


@pytest.mark.parametrize("kind", ["rules", "segments", "policy", "tests"])
def test_the_schema_can_be_printed_with_the_words_of_the_server(
    shop: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "rules" / "thanks.yaml").write_text("this is not looked at")
    assert check(shop, "--schema", kind) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["title"].startswith("Regulars: ")
    if kind == "rules":
        assert schema["$defs"]["rule"]["properties"]["send"]["enum"] == ["plain", "thank-you"]


def test_the_shipped_rules_have_neither_errors_nor_warnings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--config", str(ROOT / "config.yaml"), "--rules", str(ROOT / "rules"), "--home", str(tmp_path)]
    assert main(["check", "--strict", *where]) == 0
    assert capsys.readouterr().out.startswith("0 errors, 0 warnings")
    assert list(tmp_path.iterdir()) == []  # and no home was made


def test_in_a_home_with_a_store_the_shops_own_facts_are_asked(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--config", str(shop / "config.yaml"), "--home", str(shop / "var")]
    assert main(["migrate", *where]) == 0
    (shop / "history.ndjson").write_text(ORDER)
    assert main(["import", str(shop / "history.ndjson"), *where, "--shop", "optics"]) == 0
    letter = shop / "templates" / "email" / "thank-you" / "pl" / "subject.txt"
    letter.write_text("{{ customer.first_name }}, {{ customer.city }}")
    (shop / "rules" / "segments.yaml").write_text("vip: {orders: '>= 9'}\n")
    (shop / "rules" / "thanks.yaml").write_text(RULE.replace("total: '>= 50 EUR'", "number: 1") + BY_BRAND)
    capsys.readouterr()
    assert check(shop) == 0
    assert capsys.readouterr().out.splitlines()[:4] == [
        "rules/segments.yaml:1:1: warning: nobody is in vip now; see whether it asks what is meant [segment-empty]",
        "rules/thanks.yaml:6:10: warning: no shop has reported the brand 'Acuvu'; did you mean 'Acuvue'? [unknown-good]",
        "templates/email/thank-you/pl/subject.txt:1:1: warning: customer.city is not known of 1000 in 1000 customers; "
        'write {{ customer.city|default("…") }}, or ask with {% if customer.city %} [variable-lacking]',
        "templates/email/thank-you/pl/subject.txt:1:1: warning: customer.first_name is not known of 0 in 1000 customers; "
        'write {{ customer.first_name|default("…") }}, or ask with {% if customer.first_name %} [variable-lacking]',
    ]


def test_a_store_that_cannot_be_asked_is_said_and_breaks_nothing(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "var").mkdir()
    (shop / "var" / "regulars.db").touch()
    assert check(shop) == 0
    said = capsys.readouterr()
    assert "the shop's own facts were not asked: " in said.err
    assert said.out.startswith("0 errors, 0 warnings")
