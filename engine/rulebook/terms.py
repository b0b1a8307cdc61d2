"""The smallest parts of the rule language: durations, money, how a value is tested, and which fact is meant."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from engine.errors import Place

NOWHERE = Place("")


@dataclass(frozen=True, slots=True)
class Duration:
    """A whole number of one unit: minutes and hours are elapsed time, the rest is calendar time."""

    amount: int
    unit: Literal["minutes", "hours", "days", "weeks", "months", "years"]

    @property
    def elapsed(self) -> bool:
        """Tells minutes and hours from days and longer."""
        return self.unit in ("minutes", "hours")

    def __str__(self) -> str:
        return f"{self.amount} {self.unit[:-1] if self.amount == 1 else self.unit}"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount as the marketer wrote it; without a currency it is in the shop's own."""

    amount: Decimal
    currency: str | None = None


Value: TypeAlias = "str | int | Decimal | bool | Money | Duration"


@dataclass(frozen=True, slots=True)
class Compare:
    """`">= 50"`: an operator of = != < <= > >= and a value. A plain value is Compare('=', value)."""

    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class Between:
    """`"10..50"`: both ends belong to it."""

    low: Value
    high: Value


@dataclass(frozen=True, slots=True)
class OneOf:
    """`[PL, UA]`: any of these."""

    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """`FIELD: unknown`: matches just where nothing is known."""


Test: TypeAlias = Compare | Between | OneOf | Unknown
Same: TypeAlias = Literal["product", "brand", "order", "category"]


@dataclass(frozen=True, slots=True)
class FactPattern:
    """One kind of fact, filtered; `FACT: any` has no filters. `same` ties it to the anchor (`unless` only)."""

    kind: str
    filters: tuple[tuple[str, Test], ...] = ()
    same: tuple[Same, ...] = ()
    place: Place = NOWHERE

    def filter(self, name: str) -> Test | None:
        """Returns the test of one filter, or None where the pattern does not ask it."""
        return dict(self.filters).get(name)
