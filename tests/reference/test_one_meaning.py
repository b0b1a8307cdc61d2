"""A plain reading of the rule language and the engine tell the same of hundreds of generated cases, on both databases.

The long form is `python -m tests.reference.run`; docs/one-meaning.md has its table.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.store import Store, open_store
from tests.reference.compare import compare, taken_back
from tests.reference.histories_drawn import SHARED, story
from tests.reference.kinds import AT_LEAST
from tests.reference.written import found_files, read, shown

RULEBOOKS, RULEBOOKS_ON_POSTGRESQL = 150, 12


def compare_generated(rulebooks: int, store: Store | None = None) -> Counter[str]:
    """Compares the histories of so many rulebooks, and counts what they met."""
    met = Counter[str]()

    # The drawing is by seed, and tests.reference.shrink makes a failing case small: Hypothesis could not see into it.
    @settings(max_examples=rulebooks, derandomize=True, database=None, deadline=None,
              suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate))  # fmt: skip
    @given(rulebook=st.integers(0, 10**6))
    def compare_histories(rulebook: int) -> None:
        for seed in range(rulebook * SHARED, (rulebook + 1) * SHARED):
            if store is None:
                found = compare(story(seed))
            else:
                with taken_back(store):
                    found = compare(story(seed), store)
            assert found.same, found.report(f"seed {seed}")
            met.update(found.kinds)
            met["cases"] += 1

    compare_histories()
    return met


def test_both_readings_tell_the_same_of_600_cases_that_meet_every_kind_of_trouble() -> None:
    met = compare_generated(RULEBOOKS)
    assert met["cases"] >= RULEBOOKS * SHARED * 0.9
    assert {kind for kind, share in AT_LEAST.items() if met[kind] * 100 < share * met["cases"] * 0.6} == set()


def test_and_of_some_on_postgresql(postgresql_url: str) -> None:
    store = open_store(postgresql_url)
    assert compare_generated(RULEBOOKS_ON_POSTGRESQL, store)["cases"] >= 40
    store.close()


@pytest.mark.parametrize("file", found_files(), ids=lambda file: file.stem)
def test_what_once_differed_is_told_as_it_should_be(file: Path, store: Store) -> None:
    told, expected = read(file.read_text("utf-8"))
    found = compare(told, store)
    assert [shown(one) for one in found.reference] == expected
    assert [shown(one) for one in found.engine] == expected
