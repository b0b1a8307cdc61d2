"""A stretch of due moments has its end and not its start, so that no anchor falls into two ticks or between them."""

from __future__ import annotations

from datetime import datetime

import pytest

from engine import calendar
from engine.clock import DAY, MINUTE
from engine.config import Config
from engine.matching.find import find_due
from engine.matching.moments import anchors_between, due_at
from engine.rulebook.ast import Duration, FactPattern, FactTrigger
from engine.store import Store
from models import Shop
from tests.matching.conftest import NOON, many_customers, rulebook, view_of

BOUGHT = "- {rule: r, when: {bought: {category: optics}, after: 80 days}, send: plain}"


def test_a_stretch_has_its_end_and_not_its_start(store: Store, shop: Shop, config: Config) -> None:
    many_customers(shop, 3, every=MINUTE)
    book, found = rulebook(BOUGHT), []
    for minute in range(-1, 4):  # three customers, one of them due in each minute from the first on
        view = view_of(config, shop, book, NOON + 80 * DAY + minute * MINUTE, store)
        found.append(len(find_due(view, view.now - MINUTE)))
    assert found == [0, 1, 1, 1, 0]


@pytest.mark.parametrize("days", [1, 2, 30, 80])
def test_no_order_of_the_night_in_which_clocks_go_back_is_missed(days: int) -> None:
    trigger = FactTrigger(FactPattern("ordered"), Duration(days, "days"))
    midnight = calendar.from_local(datetime(2026, 10, 25), "Europe/Warsaw")
    missed = []
    for anchor in range(midnight, midnight + 5 * 60 * MINUTE, MINUTE):
        due = due_at(trigger, None, anchor, "Europe/Warsaw")
        low, high = anchors_between(trigger, None, due - MINUTE, due, "Europe/Warsaw")
        if not low <= anchor <= high:
            missed.append(anchor)
    assert missed == []
