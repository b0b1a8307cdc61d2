"""The list of mutants keeps up with the code: each finds its line, and names tests that exist."""

from __future__ import annotations

import pytest

from tests.house.tracked import ROOT
from tests.mutants.run import Mutant, load

MUTANTS = load()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_finds_its_line_once_and_changes_it(mutant: Mutant) -> None:
    assert mutant.occurrences() == 1, f"`{mutant.find}` must stand exactly once in {mutant.file}"
    assert mutant.find != mutant.replace


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_names_tests_that_exist(mutant: Mutant) -> None:
    assert mutant.kills
    for kill in mutant.kills:
        file, _, test = kill.partition("[")[0].partition("::")
        assert (ROOT / file).exists(), f"there is no {file}"
        assert not test or f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), (
            f"{file} has no {test}"
        )


def test_no_two_mutants_share_a_name() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert len(names) == len(set(names))
