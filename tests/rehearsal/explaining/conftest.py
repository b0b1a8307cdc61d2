"""A home to ask, on each kind of database."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.store import Store
from tests.rehearsal.explaining.home import Asked


@pytest.fixture
def home(store: Store, tmp_path: Path) -> Asked:
    """The optician's home, its rules in force since noon of New Year's Day."""
    return Asked(store, tmp_path)
