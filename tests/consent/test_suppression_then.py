"""Suppression as it stood: whoever asks about a day hears what was so on that day, whatever was lifted since."""

from __future__ import annotations

import pytest

from engine.clock import DAY
from engine.consent.suppression import lift, suppress
from engine.consent.suppression_then import stopped_at, suppressed_then
from engine.store import Store
from models import Address
from tests.outbox.shop import NOON, Optician


@pytest.fixture
def anna(store: Store) -> Address:
    return Address.get_by_id(Optician(store).customer("Anna").address_id)


def test_an_address_that_was_lifted_was_suppressed_before(store: Store, anna: Address) -> None:
    suppress(store, anna.id, "hard_bounce", NOON)
    lift(store, anna.id, "Jolanta", "She wrote", NOON + 5 * DAY, "command")
    suppress(store, anna.id, "by_hand", NOON + 9 * DAY)
    told = [suppressed_then(Address.get_by_id(anna.id), NOON + days * DAY) for days in (-1, 0, 4, 5, 8, 9)]
    assert told == [
        (None, None), (NOON, "hard_bounce"), (NOON, "hard_bounce"), (None, None), (None, None), (NOON + 9 * DAY, "by_hand"),
    ]  # fmt: skip
    assert stopped_at(NOON - 1) == {anna.id: None}
    assert stopped_at(NOON + DAY) == {anna.id: NOON}
    assert stopped_at(NOON + 6 * DAY) == {anna.id: None}
    assert stopped_at(NOON + 10 * DAY) == {}


def test_an_address_from_before_there_were_stories_is_told_by_its_row(store: Store, anna: Address) -> None:
    Address.update(suppressed_at=NOON, suppressed_reason="hard_bounce").execute()
    row = Address.get_by_id(anna.id)
    assert (suppressed_then(row, NOON - 1), suppressed_then(row, NOON)) == (
        (None, None),
        (NOON, "hard_bounce"),
    )
