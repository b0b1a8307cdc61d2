"""The shape of the bench's shop: who buys what and when, drawn from one seed, alike for every size.

A tenth of the customers, the "busy" ones, do all the buying in the days that the bench's rules look back at, as densely
as the whole shop would. The rest buy at other times. So a store ten times smaller, which has the same busy customers and
few others, has exactly as much due, and what differs between the two sizes is the size alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

SEED = 20261122
WARSAW = ZoneInfo("Europe/Warsaw")
NOW = int(datetime(2026, 6, 10, 10, 0, tzinfo=WARSAW).timestamp()) * 1_000_000
SECOND, DAY = 1_000_000, 86_400_000_000
YEARS_OF_DAYS = 1090
LOOKED_AT = (7, 9, 10, 14, 21, 30, 45, 55, 80, 110, 170, 180, 270, 365, 730)  # days before NOW
SIGNED_UP_DAYS = 3
ORDERS_EACH, LINES_EACH = 3, 10 / 3
DEPARTMENTS, LEAVES, PRODUCTS, BRANDS = 10, 6, 6000, 50
BIRTH_DAY = (6, 10)


@dataclass(frozen=True)
class Size:
    """How many customers there are in all, and how many of them are busy."""

    customers: int
    busy: int

    @property
    def step(self) -> int:
        """Busy customers are every so many-th, so that they lie scattered among the others."""
        return self.customers // self.busy


def sizes(customers: int) -> tuple[Size, Size]:
    """Returns the small and the whole store: both have the same busy customers."""
    busy = customers // 10
    return Size(busy, busy), Size(customers, busy)


@dataclass
class Orders:
    """Orders in the sequence of their moments: customer number from 0, busy or not, moment, and how many lines."""

    busy: np.ndarray
    customer: np.ndarray
    at: np.ndarray
    lines: np.ndarray


def windows() -> np.ndarray:
    """Returns the stretches that rules look at, each a day with some hours around it."""
    starts = [NOW - days * DAY - 26 * 3600 * SECOND for days in LOOKED_AT]
    return np.array(sorted((start, start + 46 * 3600 * SECOND) for start in starts))


def in_windows(at: np.ndarray) -> np.ndarray:
    """Says which moments lie in a stretch that rules look at."""
    found = np.zeros(len(at), dtype=bool)
    for start, end in windows():
        found |= (at >= start) & (at < end)
    return found


def outside(rng: np.random.Generator, count: int) -> np.ndarray:
    """Draws moments of three years that no rule looks at."""
    first = NOW - YEARS_OF_DAYS * DAY
    at = rng.integers(first // SECOND, NOW // SECOND, count) * SECOND
    again = in_windows(at)
    while again.any():
        at[again] = rng.integers(first // SECOND, NOW // SECOND, int(again.sum())) * SECOND
        again = in_windows(at)
    return at


def inside(rng: np.random.Generator, busy: int) -> np.ndarray:
    """Draws moments in the stretches that rules look at, as dense as a shop with ten times the busy customers has."""
    per_day = busy * 10 * ORDERS_EACH / YEARS_OF_DAYS
    parts = [
        rng.integers(start // SECOND, end // SECOND, int(per_day * (end - start) / DAY)) * SECOND
        for start, end in windows()
    ]
    return np.concatenate(parts)


def orders_of(size: Size) -> Orders:
    """Draws all orders; those of the busy customers are the same in every size."""
    rng = np.random.default_rng([SEED, size.busy])
    looked_at = inside(rng, size.busy)
    at = np.concatenate([looked_at, outside(rng, size.busy * ORDERS_EACH - len(looked_at))])
    who = rng.integers(0, size.busy, len(at))
    many = rng.binomial(20, LINES_EACH / 20, len(at)).clip(1)
    others = size.customers - size.busy
    rng = np.random.default_rng([SEED, size.busy, size.customers])
    more_at = outside(rng, others * ORDERS_EACH)
    more_who = rng.integers(0, max(others, 1), len(more_at))
    more_many = rng.binomial(20, LINES_EACH / 20, len(more_at)).clip(1)
    busy = np.concatenate([np.ones(len(at), dtype=bool), np.zeros(len(more_at), dtype=bool)])
    at, who, many = (np.concatenate(p) for p in ((at, more_at), (who, more_who), (many, more_many)))
    order = np.argsort(at, kind="stable")
    return Orders(busy[order], who[order], at[order], many[order])


def number_of(size: Size, busy: np.ndarray, customer: np.ndarray) -> np.ndarray:
    """Returns the key in the store: busy customers are every step-th, the others fill the places between."""
    gaps = max(size.step - 1, 1)
    return np.where(busy, customer * size.step + 1, (customer // gaps) * size.step + customer % gaps + 2)


def category_of(product: np.ndarray) -> np.ndarray:
    """Returns the number of a product's category."""
    return product % (DEPARTMENTS * LEAVES)


CATEGORIES = [f"dept{d}/leaf{leaf}" for d in range(DEPARTMENTS) for leaf in range(LEAVES)]
