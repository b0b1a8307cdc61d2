"""docs/offers.md is true: every rule on it is sound, and its commands can be called so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.cli.main import _parser
from engine.feedback.lift import FEWEST
from engine.loyalty.codes import EXAMPLE
from engine.reports.outcome import DAYS
from engine.rulebook.load import load_text
from engine.rulebook.vocabulary import Vocabulary

TEXT = (Path(__file__).parents[2] / "docs" / "offers.md").read_text("utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
SERVER = Vocabulary(templates=("plain", "win-back"), variants={"win-back": ("whats-new",)})


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("\n")[0][:50])
def test_what_is_written_there_belongs_to_a_sound_rule(block: str) -> None:
    whole = block.startswith("- rule:")
    rule = block if whole else f"rule: example\nwhen: {{inactive: 180 days}}\nsend: win-back\n{block}"
    found = load_text({"rules/a.yaml": rule}, SERVER)
    assert (found.errors, len(found.rules)) == ([], 1)


def test_its_commands_can_be_called_so() -> None:
    lines = re.findall(r"server\.py (coupons .*?)(?:`|$)", TEXT, re.MULTILINE)
    assert len(lines) >= 3
    for line in lines:
        words = line.split()
        assert _parser(words).parse_args(words).act in ("add", "pools", "list")


def test_its_numbers_are_those_of_the_code() -> None:
    assert f"last {DAYS} days" in TEXT
    assert f"fewer than {FEWEST} customers" in TEXT
    assert EXAMPLE in TEXT
