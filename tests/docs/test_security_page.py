"""docs/security.md is true: each attack has a guard, a test and a mutant that are there and belong together."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.mutants.run import load

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text("utf-8")
ROWS = re.findall(r"^\| (?!attack)(?!-)([^|]+) \| `([^`]+)` \| `([^`]+)` \| ([^|]+) \|$", TEXT, re.MULTILINE)
MUTANTS = {mutant.name: mutant for mutant in load()}
# the kinds that facts on attacks name; each must stand in a row
KINDS = (
    "sandbox", "memory or time", "headers", "SQL", "stored scripts", "CSRF", "open redirect", "another home", "one purpose",
    "API key", "webhook", "replay", "SSRF", "formulas", "new password", "guessing", "folder", "role", "without a login",
    "scanners", "audit log", "secrets",
)  # fmt: skip


def test_every_kind_of_attack_has_a_row() -> None:
    assert len(ROWS) == len([line for line in TEXT.splitlines() if line.startswith("| ")]) - 1
    attacks = " ".join(attack for attack, _, _, _ in ROWS)
    assert [kind for kind in KINDS if kind not in attacks] == []


@pytest.mark.parametrize(("attack", "guard", "test", "mutant"), ROWS, ids=[row[0] for row in ROWS])
def test_its_guard_its_test_and_its_mutant_are_there(attack: str, guard: str, test: str, mutant: str) -> None:
    assert (ROOT / guard).is_file()
    file, _, name = test.partition("::")
    assert re.search(rf"^def {name}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE), test
    assert mutant in MUTANTS, "the mutant that takes the guard away"
    assert MUTANTS[mutant].file == guard
    assert test in {kill.partition("[")[0] for kill in MUTANTS[mutant].kills}
