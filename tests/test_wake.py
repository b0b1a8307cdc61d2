"""Waking: at once, once for many, and never in the way of who wakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.wake import CLOCK, SENDER, Ear, wake


def test_nobody_is_woken_where_nobody_listens(tmp_path: Path) -> None:
    assert not wake(tmp_path, CLOCK)
    Ear(tmp_path, CLOCK).close()
    assert not wake(tmp_path, CLOCK), "a pipe that nobody reads any more is no listener"


def test_who_listens_wakes_and_a_hundred_calls_wake_once(tmp_path: Path) -> None:
    with Ear(tmp_path, CLOCK) as ear:
        for _ in range(100):
            assert wake(tmp_path, CLOCK)
        assert ear.wait(0)
        assert not ear.wait(0)


def test_who_wakes_never_waits_for_a_listener_that_is_busy(tmp_path: Path) -> None:
    with Ear(tmp_path, SENDER) as ear:
        for _ in range(70_000):  # more than a pipe holds
            wake(tmp_path, SENDER)
        assert ear.wait(0)
        assert not ear.wait(0)


def test_of_two_who_listen_alike_a_second_call_wakes_whoever_still_waits(tmp_path: Path) -> None:
    with Ear(tmp_path, SENDER) as busy, Ear(tmp_path, SENDER) as waiting:
        wake(tmp_path, SENDER)
        assert busy.wait(1)
        assert not waiting.wait(0), "the one call is heard, and forgotten"
        wake(tmp_path, SENDER)
        assert waiting.wait(1)


def test_the_sender_is_not_woken_by_a_call_for_the_clock(tmp_path: Path) -> None:
    with Ear(tmp_path, SENDER) as sender, Ear(tmp_path, CLOCK) as clock:
        wake(tmp_path, CLOCK)
        assert clock.wait(0)
        assert not sender.wait(0)


def test_a_home_of_a_very_long_path_can_wake_too(tmp_path: Path) -> None:
    home = tmp_path / ("a" * 100) / ("b" * 100)
    home.mkdir(parents=True)
    with Ear(home, CLOCK) as ear:
        wake(home, CLOCK)
        assert ear.wait(0)


def test_a_file_in_the_place_of_the_pipe_is_named(tmp_path: Path) -> None:
    (tmp_path / "clock.wake").write_text("", "utf-8")
    with pytest.raises(StoreError, match=r"clock\.wake is not a pipe; remove it"):
        Ear(tmp_path, CLOCK)
