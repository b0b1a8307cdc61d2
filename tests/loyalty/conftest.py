"""The optician of the outbox's tests, whose mails bring coupons along."""

from __future__ import annotations

import pytest

from engine.store import Store
from tests.matching.conftest import config, shop  # noqa: F401 - fixtures of the plans
from tests.outbox.shop import Optician


@pytest.fixture
def optician(store: Store) -> Optician:
    """The optician's shop in a fresh store."""
    return Optician(store)
