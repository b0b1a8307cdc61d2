"""An optician who tells a receiver on this machine what happens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.store import Store
from tests.notifying.receiver import Receiver, Told


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    opened = Receiver()
    yield opened
    opened.close()


@pytest.fixture
def told(store: Store, receiver: Receiver) -> Told:
    return Told(store, receiver)
