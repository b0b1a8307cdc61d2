"""The optician of the outbox's tests, with a relay of many manners."""

from __future__ import annotations

import pytest

from engine.store import Store
from tests.outbox.shop import Optician


@pytest.fixture
def optician(store: Store) -> Optician:
    """The optician's shop in a fresh store."""
    return Optician(store)
