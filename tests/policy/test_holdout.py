"""Holdout and control group: drawn once and for good."""

from __future__ import annotations

from engine.policy.holdout import held_out, in_control_group

KEY = b"a shop's key"
WIN_BACK_AT_TEN = ["c13", "c34", "c36"]
CONTROL_AT_TEN = ["c17", "c23", "c37"]
CUSTOMERS = [f"c{i}" for i in range(4000)]


def test_a_customer_is_in_it_or_not_for_good_on_every_machine() -> None:
    first = [c for c in CUSTOMERS[:40] if held_out(KEY, "win-back", c, 10)]
    control = [c for c in CUSTOMERS[:40] if in_control_group(KEY, c, 10)]
    assert (first, control) == (WIN_BACK_AT_TEN, CONTROL_AT_TEN)


def test_raising_the_per_cent_keeps_those_who_were_in() -> None:
    for low, high in ((1, 5), (5, 50), (50, 100)):
        was = {c for c in CUSTOMERS if held_out(KEY, "win-back", c, low)}
        assert was < {c for c in CUSTOMERS if held_out(KEY, "win-back", c, high)}
        was = {c for c in CUSTOMERS if in_control_group(KEY, c, low)}
        assert was < {c for c in CUSTOMERS if in_control_group(KEY, c, high)}


def test_nought_is_nobody_and_a_hundred_everybody() -> None:
    many = [f"c{i}" for i in range(40_000)]  # so many that one of them draws the lowest number
    assert not any(held_out(KEY, "win-back", c, 0) or in_control_group(KEY, c, 0) for c in many)
    assert all(held_out(KEY, "win-back", c, 100) and in_control_group(KEY, c, 100) for c in CUSTOMERS)


def test_ten_per_cent_is_about_ten_in_a_hundred() -> None:
    assert 320 < sum(held_out(KEY, "win-back", c, 10) for c in CUSTOMERS) < 480


def test_rules_keys_and_the_control_group_draw_independently() -> None:
    one = {c for c in CUSTOMERS if held_out(KEY, "win-back", c, 20)}
    others = [
        {c for c in CUSTOMERS if held_out(KEY, "birthday", c, 20)},
        {c for c in CUSTOMERS if held_out(b"another key", "win-back", c, 20)},
        {c for c in CUSTOMERS if in_control_group(KEY, c, 20)},
    ]
    for other in others:
        assert 0.1 < len(one & other) / len(one) < 0.3


def test_words_do_not_run_together() -> None:
    pairs = [("a", "b1"), ("ab", "1"), ("a", "b"), ("", "ab1")]
    assert len(
        {tuple(held_out(KEY, rule + str(i), who, 50) for i in range(64)) for rule, who in pairs}
    ) == len(pairs)
