"""Sets of values that tests let through: stretches of numbers and days, and words; with what they have in common.

A stretch ends in cuts. A cut lies before its value (0) or after it (1), so that `> 2` begins at (2, 1) and `>= 2` at
(2, 0), and cuts are compared as pairs are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

Number: TypeAlias = "int | float | Decimal"
Cut: TypeAlias = tuple[Number, int]
LOWEST: Cut = (-math.inf, 0)
HIGHEST: Cut = (math.inf, 1)
ZERO: Cut = (0, 0)


@dataclass(frozen=True, slots=True)
class Stretches:
    """Values of an ordered kind, as stretches that do not touch; `whole` where only whole numbers are meant."""

    parts: tuple[tuple[Cut, Cut], ...]
    whole: bool = False

    @property
    def empty(self) -> bool:
        """Says whether no value is left."""
        return not self.parts

    @property
    def least(self) -> Number:
        """Returns the lowest value that is left, or what it begins after."""
        return self.parts[0][0][0]

    @property
    def most(self) -> Number:
        """Returns the highest value that is left, or what it ends before."""
        value, after = self.parts[-1][1]
        return value - 1 if self.whole and not after and value != math.inf else value

    def meet(self, other: Stretches) -> Stretches:
        """Returns what both let through."""
        pairs = ((max(a, c), min(b, d)) for a, b in self.parts for c, d in other.parts)
        return Stretches(
            tuple(sorted((low, high) for low, high in pairs if low < high)), self.whole or other.whole
        )

    def without(self) -> Stretches:
        """Returns all other values."""
        ends = [LOWEST, *(cut for part in self.parts for cut in part), HIGHEST]
        gaps = zip(ends[::2], ends[1::2], strict=True)
        return Stretches(tuple((low, high) for low, high in gaps if low < high), self.whole)

    def inside(self, other: Stretches) -> bool:
        """Says whether every value of this is one of the other."""
        return self.meet(other.without()).empty


@dataclass(frozen=True, slots=True)
class Words:
    """Just these words, or with `allowed` false all but these."""

    named: frozenset[object]
    allowed: bool = True

    @property
    def empty(self) -> bool:
        """Says whether no word is left."""
        return self.allowed and not self.named

    def meet(self, other: Words) -> Words:
        """Returns what both let through."""
        if self.allowed and other.allowed:
            return Words(self.named & other.named)
        if self.allowed or other.allowed:
            yes, no = (self, other) if self.allowed else (other, self)
            return Words(yes.named - no.named)
        return Words(self.named | other.named, allowed=False)

    def without(self) -> Words:
        """Returns all other words."""
        return Words(self.named, not self.allowed)

    def inside(self, other: Words) -> bool:
        """Says whether every word of this is one of the other."""
        return self.meet(other.without()).empty


@dataclass(frozen=True, slots=True)
class Branches:
    """Categories with all that lies below them; `allowed` false means all others."""

    paths: frozenset[str]
    allowed: bool = True

    def meet(self, other: Branches) -> Branches:
        """Returns what both let through, or more where one is a negation: then only the other is kept."""
        if not (self.allowed and other.allowed):
            return self if self.allowed else other
        deeper = {path for path in self.paths if other.covers(path)}
        return Branches(frozenset(deeper | {path for path in other.paths if self.covers(path)}))

    def covers(self, path: str) -> bool:
        """Says whether a category is named or lies below a named one."""
        return any(path == each or path.startswith(f"{each}/") for each in self.paths)

    @property
    def empty(self) -> bool:
        """Says whether no category is left."""
        return self.allowed and not self.paths

    def inside(self, other: Branches) -> bool:
        """Says whether every category of this is surely one of the other."""
        if not (self.allowed and other.allowed):
            return self == other
        return all(other.covers(path) for path in self.paths)


Values: TypeAlias = Stretches | Words | Branches
YES, NO = Words(frozenset({True})), Words(frozenset({True}), allowed=False)


def stretch(low: Cut = LOWEST, high: Cut = HIGHEST, *, whole: bool = False) -> Stretches:
    """Returns one stretch; of whole numbers its ends are moved to the whole numbers inside."""
    if whole:
        low, high = _up(low), _up(high)
    return Stretches(((low, high),) if low < high else (), whole)


def points(values: Iterable[Number], *, whole: bool = False) -> Stretches:
    """Returns just these values."""
    parts = sorted({part for value in values for part in stretch((value, 0), (value, 1), whole=whole).parts})
    merged: list[tuple[Cut, Cut]] = []
    for low, high in parts:
        if merged and merged[-1][1] == low:
            merged[-1] = (merged[-1][0], high)
        else:
            merged.append((low, high))
    return Stretches(tuple(merged), whole)


def _up(cut: Cut) -> Cut:
    """Moves a cut to the next whole number at or after it: all cuts of whole numbers lie before their value."""
    value, after = cut
    if value in (math.inf, -math.inf):
        return cut
    return (math.floor(value) + 1 if after else math.ceil(value)), 0
