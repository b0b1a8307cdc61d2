"""A rule test as plain values: what is given, until when, and what must have happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.config import ShopConfig
from engine.errors import Place
from engine.intake.reading import KNOWN_AHEAD
from engine.rulebook.ast import Policy


@dataclass(frozen=True, slots=True)
class Given:
    """One fact of a test. `at` is None for what is so from the beginning of time."""

    kind: str
    at: int | None
    recorded_at: int | None
    keys: Mapping[str, Any]
    place: Place

    @property
    def learned_at(self) -> int | None:
        """Returns when the server hears of it; what is known ahead of its day is known from the beginning."""
        if self.recorded_at is not None:
            return self.recorded_at
        return None if self.kind in KNOWN_AHEAD else self.at


@dataclass(frozen=True, slots=True)
class Expected:
    """One message (`outcome` send) or decision that must have been made, to the minute."""

    outcome: str  # send | refuse | hold | expire
    rule: str
    at: int
    to: str | None
    place: Place
    reason: str | None = None
    subject: str | None = None
    subject_has: tuple[str, ...] = ()
    text_has: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One rule test, complete with its file's defaults."""

    name: str
    shop: ShopConfig
    rules: tuple[str, ...] | None  # None: all of the folder
    policy: Policy | None  # None: the folder's
    given: tuple[Given, ...]
    start: int
    until: int
    expect: tuple[Expected, ...]
    holdout: bool
    place: Place
    faults: tuple[
        str, ...
    ] = ()  # what is wrong with rules that it names, or with the policy: it cannot be played
