"""The table of ratios: what is missed is shown as missed and fails the command."""

from __future__ import annotations

import pytest

from bench.measure import Row, interleaved, show


def test_a_missed_target_is_shown_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    fast, slow = (
        Row("matching", "1 ms", "2 ms", 2.0, 2),
        Row("intake", "9/s", "2/s", 0.22, 0.3, at_least=True),
    )
    assert (show([fast]), show([fast, slow])) == (0, 1)
    assert "| intake | 9/s | 2/s | 0.22x | >= 0.3x | MISSED |" in capsys.readouterr().out


def test_the_two_that_are_compared_take_turns() -> None:
    seen: list[str] = []
    interleaved(lambda: seen.append("ours"), lambda: seen.append("limit"), runs=3)
    assert seen == ["ours", "limit"] * 4
