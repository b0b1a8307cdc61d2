"""What an explanation says of this minute is what the tick then decides: over generated rules, policies and histories."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import Place
from engine.rehearsal.cases import Case
from engine.rehearsal.simulate import simulate
from engine.store import Store, open_store
from tests.reference.histories_drawn import story
from tests.reference.story import Story, config
from tests.rehearsal.explaining.watching import Foretold, foretelling

SERVED_ONLY = ("reinstated",)  # what rule tests cannot say
ON_POSTGRESQL = range(700, 712)
MOST_STORIES = 200


def foretold(told: Story, store: Store | None = None) -> Foretold:
    """Plays a story of one rulebook, each tick explained before it comes."""
    given_ = tuple(item for item in told.given if item.kind not in SERVED_ONLY)
    case = Case("a story", told.shop, None, None, given_, told.start, told.until, (), False, Place("story"))
    with foretelling() as watch:
        simulate(case, config(), told.books[0][1], store=store)
    return watch


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.integers(0, 100_000))
def test_the_tick_decides_what_was_said_before_it(seed: int) -> None:
    assert foretold(story(seed)).wrong == []


def test_eighty_decisions_are_foretold_whole() -> None:
    compared = 0
    for seed in range(MOST_STORIES):
        watch = foretold(story(seed))
        assert watch.wrong == [], seed
        compared += watch.compared
        if compared >= 80:
            return
    raise AssertionError(f"only {compared} decisions in {MOST_STORIES} stories")


def test_it_is_so_on_postgresql_too(postgresql_url: str) -> None:
    store, compared = open_store(postgresql_url), 0
    with store.use():
        for seed in ON_POSTGRESQL:
            with store.transaction() as transaction:
                watch = foretold(story(seed), store)
                transaction.rollback()
            assert watch.wrong == [], seed
            compared += watch.compared
    store.close()
    assert compared > 0
