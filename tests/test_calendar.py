"""Local calendar time, at the days on which clocks change and months end."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import add_months, from_local, local, shift, zone
from engine.clock import HOUR, MINUTE, instant

WARSAW = "Europe/Warsaw"
ZONES = [
    WARSAW,
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Pacific/Apia",
    "America/St_Johns",
]


def utc(text: str) -> int:
    return instant(datetime.fromisoformat(text).replace(tzinfo=UTC))


def test_a_time_that_spring_skips_becomes_the_end_of_the_gap() -> None:
    assert from_local(datetime(2026, 3, 29, 2, 30), WARSAW) == utc("2026-03-29T01:00")
    assert from_local(datetime(2026, 3, 29, 2, 0), WARSAW) == utc("2026-03-29T01:00")


def test_a_time_that_autumn_repeats_is_its_first() -> None:
    assert from_local(datetime(2026, 10, 25, 2, 30), WARSAW) == utc("2026-10-25T00:30")


def test_half_an_hours_change_on_lord_howe_ends_where_it_ends() -> None:
    assert local(
        from_local(datetime(2026, 10, 4, 2, 15), "Australia/Lord_Howe"), "Australia/Lord_Howe"
    ) == datetime(2026, 10, 4, 2, 30)


def test_three_days_after_annas_order_is_the_same_hour_across_the_change_of_clocks() -> None:
    ordered = from_local(datetime(2026, 3, 27, 10, 0), WARSAW)
    assert local(shift(ordered, 3, "days", WARSAW), WARSAW) == datetime(2026, 3, 30, 10, 0)


def test_hours_are_elapsed_hours_across_the_change_of_clocks() -> None:
    ordered = from_local(datetime(2026, 3, 28, 10, 0), WARSAW)
    assert shift(ordered, 24, "hours", WARSAW) == ordered + 24 * HOUR
    assert local(ordered + 24 * HOUR, WARSAW) == datetime(2026, 3, 29, 11, 0)


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
    ],
)
def test_a_day_that_a_month_lacks_becomes_its_last(day: date, months: int, then: date) -> None:
    assert add_months(day, months) == then


@given(
    st.integers(utc("2020-01-01T00:00") // MINUTE, utc("2030-01-01T00:00") // MINUTE), st.sampled_from(ZONES)
)
def test_any_instant_comes_back_from_its_local_time_or_is_the_second_of_a_repeated_one(
    minute: int, name: str
) -> None:
    at = minute * MINUTE
    back = from_local(local(at, name), name)
    assert back == at or (back < at and local(back, name) == local(at, name))


def test_a_zone_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match="Europe/Krakow"):
        zone("Europe/Krakow")
