"""The chart's bars stand where the numbers say, whatever the numbers are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.reports.chart import BOTTOM, HEIGHT, LEFT, TOP, WIDTH, bar_chart, nice_top


@pytest.mark.parametrize(
    ("largest", "top"),
    [(0, 4), (1, 4), (4, 4), (5, 8), (13, 20), (54, 60), (61, 80), (121, 200), (199_999, 200_000)],
)
def test_the_axis_ends_at_the_next_round_number_that_four_lines_cut(largest: int, top: int) -> None:
    assert nice_top(largest) == top


counts = st.dictionaries(
    st.text(min_size=1), st.lists(st.integers(0, 10**6), min_size=3, max_size=3), max_size=12
)


@given(counts)
def test_no_bar_leaves_the_picture_and_no_mail_is_lost(by_rule: dict[str, list[int]]) -> None:
    chart = bar_chart(by_rule, 3)
    assert sum(bar.count for bar in chart.bars) == sum(map(sum, by_rule.values())) == sum(chart.totals)
    assert len(chart.series) <= 7
    for bar in chart.bars:
        assert TOP - 0.2 <= bar.y <= bar.y + bar.height <= HEIGHT - BOTTOM + 0.2
        assert LEFT <= bar.x <= bar.x + bar.width <= WIDTH


def test_the_largest_rules_keep_their_names_and_the_rest_are_one() -> None:
    chart = bar_chart({f"rule-{n}": [n, 0, 0] for n in range(1, 10)}, 3)
    assert [rule for rule, _ in chart.series] == [
        "rule-9",
        "rule-8",
        "rule-7",
        "rule-6",
        "rule-5",
        "rule-4",
        "",
    ]
    assert chart.series[-1] == ("", 1 + 2 + 3)
