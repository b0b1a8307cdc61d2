"""Rows of the table of ratios: medians of interleaved runs, held against their targets."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

RUNS = 9


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, the limit it is held against, and their ratio."""

    what: str
    limit: str
    measured: str
    ratio: float
    target: float
    at_least: bool = False

    @property
    def good(self) -> bool:
        """Says whether the target is reached."""
        return self.ratio >= self.target if self.at_least else self.ratio <= self.target


def interleaved(
    ours: Callable[[], object], limit: Callable[[], object], runs: int = RUNS
) -> tuple[float, float, float]:
    """Returns the median seconds of both, run in turn after one run to warm up, and the ratio of the medians."""
    ours(), limit()
    pairs = [(timed(ours), timed(limit)) for _ in range(runs)]
    mine, theirs = median(a for a, _ in pairs), median(b for _, b in pairs)
    return mine, theirs, mine / theirs


def timed(work: Callable[[], object]) -> float:
    """Returns how many seconds something takes; what it returns may take that time itself and say so."""
    began = time.perf_counter()
    said = work()
    return said if isinstance(said, float) else time.perf_counter() - began


def ms(seconds: float) -> str:
    """Writes seconds as milliseconds."""
    return f"{seconds * 1000:,.1f} ms"


def show(rows: Sequence[Row]) -> int:
    """Prints the table and returns 1 where a target is missed."""
    print("\n| what | limit | measured | ratio | target | |\n|---|---:|---:|---:|---:|---|")
    for row in rows:
        sign = ">=" if row.at_least else "<="
        verdict = "ok" if row.good else "MISSED"
        print(
            f"| {row.what} | {row.limit} | {row.measured} | {row.ratio:.2f}x | {sign} {row.target:g}x | {verdict} |"
        )
    return 0 if all(row.good for row in rows) else 1
