"""docs/rules.md is true: its tables are those of the code, and every example in it runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.rulebook.load import load_text
from engine.rulebook.reference import COMPARED, rewritten
from engine.rulebook.values import READERS
from engine.rulebook.vocabulary import RULE_KEYS, Vocabulary

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "rules.md").read_text("utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
FILES = {found[1]: block for block in BLOCKS if (found := re.match(r"# (rules/\S+)\n", block))}
PIECES = [re.split(r"^(?=\w)", block, flags=re.M)[1:] for block in BLOCKS if not block.startswith("#")]
FRAGMENTS = [piece for pieces in PIECES for piece in pieces]
WHEN = "{bought: any, after: 80 days}"
DEFAULTS = {"rule": "example", "when": WHEN, "send": "plain", "note": "a text", "who": "{orders: 1}"}
SHOP = Vocabulary(shops=("optyk",), currencies=("PLN", "EUR"), templates=("lens-refill", "win-back", "plain"))


def test_the_tables_are_those_of_the_code() -> None:
    assert rewritten(TEXT) == TEXT, "run python -m engine.rulebook.reference docs/rules.md"
    assert set(COMPARED) == set(READERS)


def test_every_key_of_a_rule_is_explained() -> None:
    assert [key for key in RULE_KEYS if f"`{key}`" not in TEXT] == []


def test_the_files_of_the_examples_are_sound_together() -> None:
    found = load_text(FILES, SHOP)
    assert found.errors == []
    assert {"lens-refill", "win-back"} == set(found.rules)


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=lambda fragment: fragment.split("\n")[0][:60])
def test_a_fragment_belongs_to_a_sound_rule(fragment: str) -> None:
    key = fragment.partition(":")[0]
    lines = "".join(f"{name}: {value}\n" for name, value in DEFAULTS.items() if name != key)
    segments = {"rules/segments.yaml": FILES["rules/segments.yaml"]}
    found = load_text({"rules/a.yaml": fragment + lines, **segments}, SHOP)
    assert (found.errors, sorted(found.rules)) == ([], ["example"])


def test_the_rule_test_of_the_reference_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, block in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(block, "utf-8")
    config = str(ROOT / "config.yaml")
    ended = main(
        ["test", "--config", config, "--rules", str(tmp_path / "rules"), "--home", str(tmp_path / "var")]
    )
    said = capsys.readouterr()
    assert (ended, said.err) == (0, "")
    assert "1 passed, 0 failed" in said.out
