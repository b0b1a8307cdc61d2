"""How much more often the mailed reached the goal than those held out, and how far chance alone may have done it."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Literal

from engine.feedback.results import Group

Z = 1.959963984540054  # of 95 in 100
FEWEST = 30  # customers in each group, below which shares say next to nothing

Word = Literal["nobody", "few", "chance", "more", "less"]


@dataclass(frozen=True, slots=True)
class Lift:
    """The difference of two shares, from `low` to `high` with 95 per cent confidence; one word says what to make of it."""

    word: Word
    difference: float = 0.0  # 0.05 is five in a hundred more
    low: float = 0.0
    high: float = 0.0
    orders: float = 0.0  # customers who reached the goal because of the mails, if the difference is theirs


def lift(mailed: Group, held_out: Group) -> Lift:
    """Compares two groups: `nobody` was held out (or mailed), too `few` were, or the difference is within `chance`."""
    if not mailed.customers or not held_out.customers:
        return Lift("nobody")
    one, two = share(mailed), share(held_out)
    low, high = _difference(mailed, held_out)
    word: Word = "more" if low > 0 else "less" if high < 0 else "chance"
    if min(mailed.customers, held_out.customers) < FEWEST:
        word = "few"
    return Lift(word, one - two, low, high, (one - two) * mailed.customers)


def share(group: Group) -> float:
    """Returns which part of a group's customers reached the goal; 0 of nobody."""
    return group.successes / group.customers if group.customers else 0.0


def wilson(successes: int, customers: int) -> tuple[float, float]:
    """Returns the 95 per cent score interval of a share (E. B. Wilson, JASA 22, 1927); from 0 to 1 where nobody was asked.

    Unlike the share plus or minus its error it never leaves 0 to 1, and is right for small groups and rare successes.
    """
    if not customers:
        return 0.0, 1.0
    p, n = successes / customers, customers
    middle = p + Z * Z / (2 * n)
    spread = Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    whole = 1 + Z * Z / n
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)


def _difference(mailed: Group, held_out: Group) -> tuple[float, float]:
    """Returns the interval of the difference made of both score intervals (R. G. Newcombe, Stat. Med. 17, 1998: method 10)."""
    one, two = share(mailed), share(held_out)
    low_one, high_one = wilson(mailed.successes, mailed.customers)
    low_two, high_two = wilson(held_out.successes, held_out.customers)
    return (
        one - two - sqrt((one - low_one) ** 2 + (high_two - two) ** 2),
        one - two + sqrt((high_one - one) ** 2 + (two - low_two) ** 2),
    )
