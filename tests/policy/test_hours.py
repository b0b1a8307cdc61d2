"""Quiet hours and closed days, as the customer's own clock and calendar show them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.calendar import local
from engine.clock import DAY, HOUR, MINUTE
from engine.policy.compiled import Engine
from engine.policy.hours import Hours
from engine.policy.public_holidays import HolidayCalendar
from engine.rulebook.ast import Policy
from tests.policy.cases import NOON, WARSAW, anna, at, decided, mail, only, per, sent

NIGHTS = Policy(quiet_hours=(21 * 60, 8 * 60))
SUNDAYS = Policy(closed_weekdays=(6,), quiet_hours=(21 * 60, 8 * 60))
HOLIDAYS = Policy(closed_holidays=True)


def held_at(engine: Engine, policy: Policy, when: int, **but: object) -> tuple[str | None, int | None]:
    """Reason and until of a mail that is due at that moment."""
    clock = but.pop("clock", None)
    decision = only(engine, policy, anna(mail(due_at=when, at=clock), **but), now=when)
    return decision.reason, decision.until_at


@pytest.mark.parametrize(
    ("clock", "reason"),
    [
        ("20:59", None),
        ("21:00", "quiet_hours"),
        ("00:00", "quiet_hours"),
        ("07:59", "quiet_hours"),
        ("08:00", None),
    ],
)
def test_quiet_hours_cross_midnight_and_their_end_is_allowed(
    engine: Engine, clock: str, reason: str | None
) -> None:
    assert held_at(engine, NIGHTS, at(f"2026-11-18 {clock}"))[0] == reason


@pytest.mark.parametrize(("clock", "reason"), [("11:59", None), ("12:00", "quiet_hours"), ("13:00", None)])
def test_quiet_hours_within_a_day_work_too(engine: Engine, clock: str, reason: str | None) -> None:
    assert held_at(engine, Policy(quiet_hours=(12 * 60, 13 * 60)), at(f"2026-11-18 {clock}"))[0] == reason


def test_quiet_hours_that_end_where_they_begin_are_none(engine: Engine) -> None:
    assert held_at(engine, Policy(quiet_hours=(720, 720)), NOON)[0] is None


def test_quiet_hours_are_those_of_the_customers_zone(engine: Engine) -> None:
    assert held_at(engine, NIGHTS, NOON, zone="America/New_York") == (
        "quiet_hours",
        at("2026-11-18 08:00", "America/New_York"),
    )
    assert held_at(engine, NIGHTS, NOON, zone="Asia/Tokyo")[0] is None


def test_a_mail_of_the_night_goes_when_the_night_ends(engine: Engine) -> None:
    assert held_at(engine, NIGHTS, at("2026-11-18 22:10"))[1] == at("2026-11-19 08:00")
    assert held_at(engine, NIGHTS, at("2026-11-19 03:10"))[1] == at("2026-11-19 08:00")


def test_a_closed_day_is_whole_and_the_night_after_it_quiet(engine: Engine) -> None:
    assert held_at(engine, SUNDAYS, at("2026-11-22 00:00")) == ("closed_day", at("2026-11-23 08:00"))
    assert held_at(engine, SUNDAYS, at("2026-11-22 23:59")) == ("closed_day", at("2026-11-23 08:00"))


def test_a_saturday_night_waits_for_monday_morning(engine: Engine) -> None:
    assert held_at(engine, SUNDAYS, at("2026-11-21 22:00")) == ("quiet_hours", at("2026-11-23 08:00"))


def test_what_is_released_goes_at_its_own_clock_time_where_that_is_allowed(engine: Engine) -> None:
    assert held_at(engine, SUNDAYS, at("2026-11-22 10:00"), clock=600)[1] == at("2026-11-23 10:00")
    assert held_at(engine, SUNDAYS, at("2026-11-19 07:00"), clock=600)[1] == at("2026-11-19 10:00")


def test_a_clock_time_within_the_quiet_hours_gives_way_to_their_end(engine: Engine) -> None:
    assert held_at(engine, NIGHTS, at("2026-11-18 07:00"), clock=420)[1] == at("2026-11-18 08:00")


def test_asked_again_early_it_still_waits_for_its_clock_time(engine: Engine) -> None:
    sunday, monday = at("2026-11-22 10:00"), at("2026-11-23 10:00")
    held = mail(due_at=sunday, at=600, held=True, held_for="closed_day", held_until_at=monday)
    early = only(engine, SUNDAYS, anna(held), now=at("2026-11-23 08:30"))
    assert (early.outcome, early.reason, early.until_at) == ("hold", "closed_day", monday)
    assert only(engine, SUNDAYS, anna(held), now=monday).outcome == "send"
    assert only(engine, SUNDAYS, anna(held), now=monday + 30 * MINUTE).outcome == "send"


def test_what_a_cap_held_does_not_wait_for_its_clock_time(engine: Engine) -> None:
    held = mail(at=600, held=True, held_for="capped", held_until_at=NOON + HOUR)
    assert only(engine, SUNDAYS, anna(held)).outcome == "send"


def test_a_closed_day_comes_before_a_cap_as_the_reason(engine: Engine) -> None:
    policy = Policy(closed_weekdays=(2,), caps=(per(1, 3),))
    assert only(engine, policy, anna(mail(), counted=(sent(NOON - MINUTE),))).reason == "closed_day"


def test_holidays_are_those_of_the_customers_country(engine: Engine) -> None:
    independence = at("2026-11-11 12:00")
    assert held_at(engine, HOLIDAYS, independence) == ("closed_day", at("2026-11-12 00:00"))
    assert held_at(engine, HOLIDAYS, independence, country="UA")[0] is None
    assert held_at(engine, HOLIDAYS, independence, country="XX")[0] is None
    assert held_at(engine, HOLIDAYS, independence, country="")[0] is None
    assert held_at(engine, Policy(), independence)[0] is None


def test_christmas_is_three_days_in_poland_and_the_sunday_after_a_fourth(engine: Engine) -> None:
    policy = Policy(closed_weekdays=(6,), closed_holidays=True)
    assert held_at(engine, policy, at("2026-12-24 15:00"))[1] == at("2026-12-28 00:00")


def test_the_calendar_knows_polish_and_ukrainian_holidays() -> None:
    calendar = HolidayCalendar()
    assert calendar.is_holiday("PL", date(2026, 6, 4))  # Corpus Christi moves with Easter
    assert calendar.is_holiday("pl", date(2026, 12, 24))  # since 2025
    assert not calendar.is_holiday("PL", date(2026, 6, 5))
    assert calendar.is_holiday("UA", date(2021, 8, 24))
    assert not calendar.is_holiday("UA", date(2026, 8, 24))  # a working day under martial law


def test_an_hour_that_autumn_repeats_may_open_in_between() -> None:
    late_start = Hours(Policy(quiet_hours=(150, 480)), None)  # 02:30 to 08:00
    quiet = at("2026-10-25 02:45")  # the first one
    assert late_start.opens_at(quiet, WARSAW, "PL") == quiet + 15 * MINUTE  # the second 02:00
    assert late_start.opens_at(quiet + HOUR, WARSAW, "PL") == at("2026-10-25 08:00")


def test_quiet_hours_that_end_in_springs_gap_end_after_it() -> None:
    early_end = Hours(Policy(quiet_hours=(1320, 150)), None)  # 22:00 to 02:30
    assert early_end.opens_at(at("2026-03-29 01:30"), WARSAW, "PL") == at("2026-03-29 03:00")


def test_one_who_has_moved_gets_it_at_that_clock_time_where_they_are_now(engine: Engine) -> None:
    ten = at("2026-11-18 10:00")
    held = mail(due_at=ten - DAY, at=600, held=True, held_for="quiet_hours", held_until_at=ten + 6 * HOUR)
    assert only(engine, NIGHTS, anna(held), now=ten).outcome == "send"
    assert only(engine, NIGHTS, anna(held), now=ten - MINUTE).until_at == ten


def test_a_policy_that_is_always_closed_holds_until_expiry(engine: Engine) -> None:
    assert held_at(engine, Policy(closed_weekdays=tuple(range(7))), NOON) == ("closed_day", NOON + 7 * DAY)
    assert held_at(engine, Policy(closed_weekdays=tuple(range(7))), NOON, clock=600)[1] == NOON + 7 * DAY


def test_in_the_night_of_its_expiry_a_mail_expires(engine: Engine) -> None:
    night = at("2026-11-18 22:00")
    decision = only(engine, NIGHTS, anna(mail(expires_at=night)), now=night)
    assert (decision.outcome, decision.reason, decision.because_of) == ("expire", "expired", None)


def test_everyone_of_one_minute_is_asked_in_their_own_zone(engine: Engine) -> None:
    zones = ["Europe/Warsaw", "America/New_York", "Asia/Tokyo", "Europe/Warsaw"]
    people = [
        anna(mail(customer_id=i), customer_id=i, zone=zone, address=f"c{i}@example.com")
        for i, zone in enumerate(zones)
    ]
    assert [d.outcome for d in decided(engine, NIGHTS, *people)] == ["send", "hold", "send", "send"]


minutes_of_day = st.integers(0, 1439)


@settings(max_examples=150, derandomize=True, database=None, deadline=None)
@given(
    quiet=st.none() | st.tuples(minutes_of_day, minutes_of_day),
    weekdays=st.sets(st.integers(0, 6), max_size=2),
    zone=st.sampled_from(
        [WARSAW, "Europe/Kyiv", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
    ),
    start=st.sampled_from(
        ["2026-03-28", "2026-10-24", "2026-11-01", "2026-04-04", "2026-10-03", "2026-07-01"]
    ),
    minute=st.integers(0, 2 * 1440),
)
def test_the_opening_is_the_first_open_minute_also_when_clocks_change(
    quiet: tuple[int, int] | None, weekdays: set[int], zone: str, start: str, minute: int
) -> None:
    hours = Hours(Policy(quiet_hours=quiet, closed_weekdays=tuple(weekdays)), None)
    now = at(f"{start} 00:00", zone) + minute * MINUTE
    moment = now
    while not _open(local(moment, zone), quiet, weekdays):
        moment += MINUTE
    assert hours.opens_at(now, zone, "PL") == moment
    assert (hours.shut(now, zone, "PL") is None) == (moment == now)


def _open(wall: datetime, quiet: tuple[int, int] | None, weekdays: set[int]) -> bool:
    """Asks the wall clock in the plainest way."""
    if wall.weekday() in weekdays:
        return False
    if quiet is None or quiet[0] == quiet[1]:
        return True
    begin, end = ((datetime.min + timedelta(minutes=m)).time() for m in quiet)
    now = time(wall.hour, wall.minute)
    return not (begin <= now < end) if begin < end else end <= now < begin
