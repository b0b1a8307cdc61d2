"""A server that is late goes through the missed minutes one by one, and comes to what it would have come to in time."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.clock import DAY, HOUR, MINUTE, SECOND
from engine.rehearsal.simulate import fresh_store
from models import Change, Cursor
from tests.live.conftest import House, new_house

NOON = 1_767_265_200 * SECOND  # 2026-01-01 12:00 in Warsaw
NEXT_DAY = "- {rule: next-day, when: {ordered: any, after: 1 day}, send: plain}\n"
Open = Callable[[str, int], House]


def test_after_an_outage_what_fell_due_in_it_is_sent_with_its_own_minute(house: Open) -> None:
    home = house(NEXT_DAY, NOON)
    home.order(1, "anna", NOON + 5 * MINUTE)
    home.order(2, "borys", NOON + 3 * HOUR)
    home.tick(NOON + 3 * HOUR)
    home.tick(NOON + 3 * DAY)
    assert [(rule, at - NOON) for rule, _, at in home.sent()] == [
        ("next-day", DAY + 5 * MINUTE), ("next-day", DAY + 3 * HOUR),
    ]  # fmt: skip


def test_what_has_expired_in_an_outage_is_not_sent(house: Open) -> None:
    home = house("- {rule: brief, when: {ordered: any, after: 1 day}, expires: 2 hours, send: plain}\n", NOON)
    home.order(1, "anna", NOON + MINUTE, learned=NOON + MINUTE)
    home.write("[]\n", "segments.yaml")
    home.order(2, "borys", NOON + MINUTE, learned=NOON + 2 * DAY)
    home.tick(NOON + 3 * DAY)
    assert [row[0] for row in home.sent()] == ["brief"]  # Anna's, in her minute; Borys' came too late


def test_a_cap_that_opened_in_an_outage_lets_through_in_its_minute(house: Open) -> None:
    home = house(NEXT_DAY, NOON)
    home.write("caps: [{at_most: 1 per 3 days}]\n", "policy.yaml")
    for number, hours in enumerate((1, 2)):
        home.order(number, "anna", NOON + hours * HOUR)
    home.tick(NOON + 2 * HOUR)
    home.tick(NOON + 20 * DAY)
    assert [at - NOON for _, _, at in home.sent()] == [DAY + HOUR, 4 * DAY + HOUR]
    assert home.decided()[1][1:] == ("hold", "capped")


def test_ticking_twice_at_one_moment_decides_once(house: Open) -> None:
    home = house(NEXT_DAY, NOON)
    home.order(1, "anna", NOON + MINUTE)
    for _ in range(3):
        home.tick(NOON + DAY + MINUTE)
    assert len(home.sent()) == 1
    assert Change.select().count() == 0


def test_a_tick_that_dies_before_its_last_transaction_is_gone_through_again_without_harm(house: Open) -> None:
    home = house(NEXT_DAY, NOON)
    home.order(1, "anna", NOON + MINUTE)
    home.tick(NOON + DAY + MINUTE)
    Cursor.update(ticked_at=NOON).execute()  # as if the last transaction had been lost
    home.tick(NOON + DAY + 2 * MINUTE)
    assert len(home.sent()) == 1


def test_an_order_that_arrives_between_two_ticks_of_one_minute_is_thanked_at_once(house: Open) -> None:
    home = house("- {rule: thanks, when: {ordered: any}, purpose: transactional, send: plain}\n", NOON)
    home.tick(NOON + 30 * SECOND)
    home.order(1, "anna", NOON + 29 * SECOND, learned=NOON + 31 * SECOND)
    home.tick(NOON + 32 * SECOND)
    home.order(2, "borys", NOON + 31 * SECOND, learned=NOON + 33 * SECOND)
    home.tick(NOON + 34 * SECOND)
    assert [rule for rule, _, _ in home.sent()] == ["thanks", "thanks"]


RULES = """
- {rule: hourly, when: {ordered: any, after: 90 minutes}, send: plain}
- {rule: morning, when: {ordered: any, after: 1 day}, at: "09:00", send: plain}
- {rule: weekly, when: {every: "monday at 10:00"}, who: {orders: ">= 2"}, send: plain}
"""
POLICY = 'caps: [{at_most: 2 per 2 days}]\nquiet_hours: {from: "20:00", to: "07:30"}\n'


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(
    placed=st.lists(st.integers(1, 6 * 24 * 60), min_size=1, max_size=6, unique=True),
    stops=st.lists(st.integers(1, 7 * 24 * 60), max_size=8, unique=True),
)
def test_minute_by_minute_or_all_at_once_comes_to_the_same(
    tmp_path: Path, placed: list[int], stops: list[int]
) -> None:
    """Ticks at arbitrary moments decide what one long catch-up decides."""
    assert _decided(tmp_path, placed, sorted(stops)) == _decided(tmp_path, placed, [])


def _decided(folder: Path, placed: list[int], stops: list[int]) -> list[tuple[str, int]]:
    """Plays a week of orders with ticks at these minutes and one at its end; lists what goes when."""
    store = fresh_store()
    with store.use():
        home = new_house(store, Path(tempfile.mkdtemp(dir=folder)), RULES, NOON)
        home.write(POLICY, "policy.yaml")
        home.tick(NOON)
        pending = sorted((minute, number) for number, minute in enumerate(placed))
        for stop in [*stops, 8 * 24 * 60]:
            while pending and pending[0][0] <= stop:
                minute, number = pending.pop(0)
                home.order(number, f"c{number % 2}", NOON + minute * MINUTE)
            home.tick(NOON + stop * MINUTE)
        found = sorted((rule, at) for rule, _, at in home.sent())
    store.close()
    return found


THANKS = "- {rule: thanks, when: {ordered: any}, purpose: transactional, send: plain, expires: 2 days}\n"


def test_an_order_that_comes_while_a_stepped_clock_stands_still_is_thanked_at_that_moment(
    house: Open,
) -> None:
    home = house(THANKS, NOON)
    home.tick(NOON + MINUTE)
    home.order(1, "anna", NOON + MINUTE)
    home.tick(NOON + MINUTE)
    assert [at - NOON for _, _, at in home.sent()] == [MINUTE]


def test_what_the_last_tick_before_an_outage_could_not_see_is_asked_at_that_moment(house: Open) -> None:
    home = house(THANKS, NOON)
    home.tick(NOON + MINUTE)
    home.order(1, "anna", NOON + MINUTE)
    home.tick(NOON + 80 * DAY)
    assert [at - NOON for _, _, at in home.sent()] == [MINUTE], "not eighty days later, when it has expired"
