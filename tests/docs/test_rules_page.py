"""docs/rules.md is true: its tables are those of the code, every rule on it is sound, and every test on it passes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from engine.cli.main import main
from engine.config import load_config
from engine.reports.reference.rehearsed import WHY
from engine.reports.reference.tables import COMPARED, KEYS, POLICY
from engine.reports.reference.writing import BETWEEN, TABLES, rewritten
from engine.rulebook.codes import CODES
from engine.rulebook.load import load_rulebook, load_text
from engine.rulebook.server_words import vocabulary_of
from engine.rulebook.values import READERS
from engine.rulebook.vocabulary import POLICY_KEYS, RULE_KEYS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rules.md").read_text("utf-8")
CHECK = (ROOT / "docs" / "check.md").read_text("utf-8")
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"# (rules/\S+)\n")
CONFIG = load_config(ROOT / "config.yaml")
WORDS = vocabulary_of(CONFIG, ROOT / "templates")


def sections() -> list[tuple[str, dict[str, str]]]:
    """Reads the page: each heading with the files below it."""
    found = []
    for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        blocks = [(name, block) for block in BLOCK.findall(part) if (name := NAMED.match(block))]
        if blocks:
            found.append((part.partition("\n")[0], {name[1]: block for name, block in blocks}))
    return found


SECTIONS = sections()
EVERY_FILE = {name: text for _, files in SECTIONS for name, text in files.items()}
PIECES = [
    re.split(r"^(?=\w)", block, flags=re.M)[1:] for block in BLOCK.findall(PAGE) if not NAMED.match(block)
]
FRAGMENTS = [piece for pieces in PIECES for piece in pieces]
DEFAULTS = {
    "rule": "example", "when": "{bought: any, after: 80 days}", "send": "win-back", "who": "{orders: 1}",
}  # fmt: skip


@pytest.mark.parametrize("page", ["rules.md", "check.md"])
def test_the_tables_are_those_of_the_code(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = (ROOT / "docs" / page).read_text("utf-8")
    assert rewritten(text) == text, "run make reference"


def test_every_table_stands_on_a_page_and_knows_every_word() -> None:
    assert {name for _, name, _ in BETWEEN.findall(PAGE + CHECK)} == set(TABLES)
    assert set(COMPARED) == set(READERS)
    assert (set(KEYS), set(POLICY)) == (set(RULE_KEYS), set(POLICY_KEYS))
    assert set(WHY) == {line.split("`")[1] for line in TABLES["reasons"]().splitlines()[2:]}
    assert all(f"`{code.name}`" in CHECK for code in CODES)


def test_the_page_leads_to_its_own_headings() -> None:
    headings = {
        re.sub(r"[^\w\- ]", "", line[3:].lower()).replace(" ", "-")
        for line in PAGE.splitlines()
        if line[:3] == "## "
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= headings


@pytest.mark.parametrize(("heading", "files"), SECTIONS, ids=[heading for heading, _ in SECTIONS])
def test_the_rules_of_a_section_are_sound_and_do_what_their_tests_say(
    heading: str, files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    found = load_rulebook(tmp_path / "rules", WORDS)
    assert [str(problem) for problem in found.problems] == []
    options = [
        "--config",
        str(ROOT / "config.yaml"),
        "--rules",
        str(tmp_path / "rules"),
        "--home",
        str(tmp_path / "var"),
    ]
    ended = main(["test", *options])
    said = capsys.readouterr()
    assert (ended, said.err) == (0, ""), said.out
    told = sum(text.count("- test: ") for text in files.values())
    assert f"{told} passed, 0 failed" in said.out


def test_most_sections_prove_what_they_say() -> None:
    told = [heading for heading, files in SECTIONS if any("/tests/" in name for name in files)]
    assert len(told) >= 10


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=lambda fragment: fragment.split("\n")[0][:60])
def test_a_fragment_belongs_to_a_sound_rule(fragment: str) -> None:
    key = fragment.partition(":")[0]
    lines = "".join(f"{name}: {value}\n" for name, value in DEFAULTS.items() if name != key)
    segments = {"rules/segments.yaml": EVERY_FILE["rules/segments.yaml"]}
    found: Any = load_text({"rules/a.yaml": fragment + lines, **segments}, WORDS)
    assert (found.errors, sorted(found.rules)) == ([], ["example"])


def test_the_mistake_that_the_page_shows_is_reported_as_it_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = next(line.strip() for line in PAGE.splitlines() if line.startswith("    rules/win_back.yaml:7:3"))
    (tmp_path / "rules").mkdir()
    lines = (
        "title: a",
        "note: b",
        "priority: 3",
        "when: {inactive: 9 days}",
        "send: plain",
        "wher: {orders: 1}",
    )
    rule = "- rule: win-back\n" + "".join(f"  {line}\n" for line in lines)
    (tmp_path / "rules" / "win_back.yaml").write_text(rule)
    main(
        [
            "check",
            "--config",
            str(ROOT / "config.yaml"),
            "--rules",
            str(tmp_path / "rules"),
            "--home",
            str(tmp_path / "var"),
        ]
    )
    assert shown in capsys.readouterr().out.splitlines()
