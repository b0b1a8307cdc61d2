"""Windows of anchors: every anchor that falls due in a minute lies in the interval that is looked up for it."""

from __future__ import annotations

from datetime import datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import calendar
from engine.clock import DAY, HOUR, MINUTE
from engine.matching.comings import placed_between
from engine.matching.moments import anchors_between, can_fall_due, due_at
from engine.rulebook.ast import Duration, FactPattern, FactTrigger

ZONES = ("Europe/Warsaw", "Europe/Kyiv", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo")
FIRST, LAST = (calendar.from_local(datetime(year, 1, 1), "UTC") for year in (2023, 2029))
units = st.sampled_from(calendar.UNITS)
delays = st.none() | st.builds(Duration, st.integers(1, 40), units)
clock_times = st.none() | st.integers(0, 1439)


def trigger(delay: Duration | None, before: bool = False) -> FactTrigger:
    """Returns a rule's trigger: an order, and a delay."""
    return FactTrigger(FactPattern("ordered"), delay, before=before)


def wall(text: str, zone: str = "Europe/Warsaw") -> int:
    """Returns the instant of a wall-clock time."""
    return calendar.from_local(datetime.fromisoformat(text), zone)


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(ZONES), delays, clock_times, st.booleans(), st.integers(FIRST, LAST))
@example("Europe/Warsaw", Duration(1, "months"), None, False, wall("2026-01-29 10:00"))
@example("Europe/Warsaw", Duration(1, "years"), None, False, wall("2024-02-28 15:00"))
@example("Europe/Warsaw", Duration(2, "days"), None, False, wall("2026-10-25 02:30") + HOUR)
def test_every_anchor_lies_in_the_interval_of_the_minute_in_which_it_falls_due(
    zone: str, delay: Duration | None, at: int | None, before: bool, anchor: int
) -> None:
    rule = trigger(delay, before and delay is not None)
    due = due_at(rule, at, anchor, zone)
    minute = -(-due // MINUTE) * MINUTE
    assert can_fall_due(at, minute - MINUTE, minute, zone)
    low, high = anchors_between(rule, at, minute - MINUTE, minute, zone)
    assert low <= anchor <= high


def test_far_from_clock_changes_the_interval_is_no_wider_than_needed() -> None:
    noon = wall("2026-06-10 12:00")
    for delay in (None, Duration(90, "minutes"), Duration(80, "days")):
        low, high = anchors_between(trigger(delay), None, noon - MINUTE, noon, "Europe/Warsaw")
        assert high - low <= 4 * MINUTE
    low, high = anchors_between(trigger(Duration(80, "days")), 12 * 60, noon - MINUTE, noon, "Europe/Warsaw")
    assert DAY - 4 * MINUTE <= high - low <= DAY + 4 * MINUTE


def test_a_rule_with_a_clock_time_is_asked_in_one_minute_of_the_day() -> None:
    ten = wall("2026-06-10 10:00")
    minutes = [ten + n * MINUTE for n in range(-720, 720)]
    asked = [minute for minute in minutes if can_fall_due(600, minute - MINUTE, minute, "Europe/Warsaw")]
    assert asked == [ten]


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(ZONES), st.integers(1, 6), st.integers(FIRST, LAST), st.booleans())
@example("Europe/Warsaw", 1, wall("2024-02-29 10:00"), True)
@example("Europe/Warsaw", 1, wall("2024-02-28 15:00"), True)
def test_an_order_lies_in_the_interval_of_its_anniversary(
    zone: str, years: int, placed: int, exact: bool
) -> None:
    anniversary = calendar.shift(placed, years, "years", zone)
    low, high = (anniversary - 1, anniversary) if exact else (anniversary - DAY, anniversary + DAY)
    first, last = placed_between(low, high, years, zone)
    assert first <= placed <= last
    assert last - first < high - low + 6 * DAY


def test_a_leap_day_and_the_day_before_it_have_one_anniversary() -> None:
    both = [calendar.shift(wall(f"2024-02-{day} 10:00"), 1, "years", "Europe/Warsaw") for day in (28, 29)]
    assert both == [wall("2025-02-28 10:00")] * 2
