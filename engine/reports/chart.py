"""A bar chart as plain numbers: mails a day, stacked by rule, ready for a template to draw as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST_SERIES = 6
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 960, 280, 52, 30, 18


@dataclass(frozen=True, slots=True)
class Bar:
    """One rectangle: the number of its series, its place, its day and count."""

    series: int
    x: float
    y: float
    width: float
    height: float
    day: int
    count: int


@dataclass(frozen=True, slots=True)
class Chart:
    """All that is drawn. `series` are (rule, sum), the largest first; the rest is one series whose rule is empty."""

    series: tuple[tuple[str, int], ...]
    bars: tuple[Bar, ...]
    lines: tuple[tuple[float, int], ...]  # y and the number beside it
    labels: tuple[tuple[float, int], ...]  # x and the day below it
    totals: tuple[int, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT


def bar_chart(by_rule: Mapping[str, Sequence[int]], days: int) -> Chart:
    """Lays out the counts of `days` days for each rule."""
    series = _largest(by_rule, days)
    totals = tuple(sum(counts[day] for _, counts in series) for day in range(days))
    top = nice_top(max(totals, default=0))
    unit, step = (HEIGHT - BOTTOM - TOP) / top, (WIDTH - LEFT) / max(days, 1)
    bars = [
        bar
        for day in range(days)
        for bar in _stack(series, day, LEFT + day * step + step * 0.14, step * 0.72, unit)
    ]
    lines = tuple((round(HEIGHT - BOTTOM - mark * unit, 1), mark) for mark in _marks(top))
    labels = tuple((round(LEFT + (day + 0.5) * step, 1), day) for day in range(days - 1, -1, -7))
    return Chart(tuple((rule, sum(counts)) for rule, counts in series), tuple(bars), lines, labels, totals)


def _largest(by_rule: Mapping[str, Sequence[int]], days: int) -> list[tuple[str, Sequence[int]]]:
    """Keeps the rules with the most mails and adds up the rest."""
    ranked = sorted(by_rule.items(), key=lambda item: (-sum(item[1]), item[0]))
    kept, rest = ranked[:MOST_SERIES], ranked[MOST_SERIES:]
    if rest:
        kept.append(("", [sum(counts[day] for _, counts in rest) for day in range(days)]))
    return kept


def _stack(
    series: list[tuple[str, Sequence[int]]], day: int, x: float, width: float, unit: float
) -> list[Bar]:
    bars, y = [], float(HEIGHT - BOTTOM)
    for number, (_, counts) in enumerate(series):
        if counts[day]:
            y -= counts[day] * unit
            bars.append(
                Bar(
                    number,
                    round(x, 1),
                    round(y, 1),
                    round(width, 1),
                    round(counts[day] * unit, 1),
                    day,
                    counts[day],
                )
            )
    return bars


def nice_top(largest: int) -> int:
    """Returns the end of the axis: the next of 4, 8, 12, 20, 40, 60, 80, 120 and so on, which four lines cut evenly."""
    factor = 1
    while True:
        for top in (step * factor for step in (4, 6, 8, 12, 20)):
            if largest <= top and top % 4 == 0:
                return top
        factor *= 10


def _marks(top: int) -> list[int]:
    return [top * quarter // 4 for quarter in range(5)]
