"""Shares are compared with the intervals of the textbooks, and small groups say so."""

from __future__ import annotations

import pytest

from engine.feedback.lift import lift, wilson
from engine.feedback.results import Group


@pytest.mark.parametrize(
    ("successes", "customers", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_a_share_has_the_interval_that_newcombe_prints_for_wilson(
    successes: int, customers: int, low: float, high: float
) -> None:
    assert wilson(successes, customers) == pytest.approx((low, high), abs=0.00006)


def test_nobody_asked_may_be_anything() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def group(successes: int, customers: int) -> Group:
    return Group(customers=customers, successes=successes)


@pytest.mark.parametrize(
    ("one", "two", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_a_difference_has_the_interval_that_newcombe_prints(
    one: tuple[int, int], two: tuple[int, int], low: float, high: float
) -> None:
    found = lift(group(*one), group(*two))
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.00006)


@pytest.mark.parametrize(
    ("one", "two", "word"),
    [
        ((56, 70), (48, 80), "more"), ((48, 80), (56, 70), "less"), ((50, 100), (48, 100), "chance"),
        ((29, 29), (0, 1000), "few"), ((10, 100), (0, 0), "nobody"), ((0, 0), (10, 100), "nobody"),
    ],
)  # fmt: skip
def test_one_word_says_what_to_make_of_it(one: tuple[int, int], two: tuple[int, int], word: str) -> None:
    assert lift(group(*one), group(*two)).word == word


def test_the_difference_is_also_told_in_customers() -> None:
    assert lift(group(300, 1000), group(20, 100)).orders == pytest.approx(100)
