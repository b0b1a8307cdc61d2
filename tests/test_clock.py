"""The clock: the machine's, or one that only a command steps, and only forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.clock import DAY, MINUTE, Clock, clock_of, instant, make_stepped, moment, whole_minute
from engine.errors import UsageError

NOON = instant(datetime(2026, 3, 1, 12, 0, tzinfo=UTC))


def test_an_instant_is_exact_to_the_microsecond_both_ways() -> None:
    late = datetime(2199, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    assert moment(instant(late)) == late
    assert instant(late) - instant(late - timedelta(microseconds=1)) == 1


def test_seconds_are_dropped_and_a_whole_minute_stays() -> None:
    assert whole_minute(NOON + MINUTE - 1) == NOON
    assert whole_minute(NOON) == NOON


def test_a_home_without_a_stepped_clock_reads_the_machines_time(tmp_path: Path) -> None:
    clock = clock_of(tmp_path)
    assert type(clock) is Clock
    assert clock.now() <= clock.now()
    assert clock.now() > NOON


def test_every_process_of_a_stepped_home_sees_a_step_at_once(tmp_path: Path) -> None:
    clock = make_stepped(tmp_path, NOON)
    other = clock_of(tmp_path)
    clock.step_to(NOON + DAY)
    assert (clock.now(), other.now()) == (NOON + DAY, NOON + DAY)


def test_a_stepped_clock_never_goes_back(tmp_path: Path) -> None:
    clock = make_stepped(tmp_path, NOON)
    clock.step_to(NOON)
    with pytest.raises(UsageError, match="only goes forward"):
        clock.step_to(NOON - 1)
    assert clock.now() == NOON


def test_a_home_keeps_its_clock_when_it_is_made_again(tmp_path: Path) -> None:
    make_stepped(tmp_path, NOON).step_to(NOON + DAY)
    assert make_stepped(tmp_path, NOON).now() == NOON + DAY
