"""What ticks must not lose, must not do twice, and may not do without the lease."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.clock import DAY, HOUR, MINUTE, SECOND
from engine.errors import LeaseLost
from engine.intake.customers import accept_customers
from models import Address, Cursor, Message, Order, Settlement, Shop
from tests.live.conftest import House

NOON = 1_767_265_200 * SECOND  # 2026-01-01 12:00 in Warsaw
THANKS = "- {rule: thanks, when: {ordered: any}, purpose: transactional, send: plain}\n"
HOUR_LATER = "- {rule: hour, when: {ordered: any, after: 1 hour}, send: plain}\n"
NEXT_DAY = "- {rule: next-day, when: {ordered: any, after: 1 day}, send: plain}\n"
Open = Callable[[str, int], House]


def test_an_order_that_arrives_during_a_tick_is_seen_by_the_next(house: Open) -> None:
    home = house(THANKS, NOON)
    home.order(1, "anna", NOON + MINUTE)
    arriving = [2]

    def guard() -> None:
        """Called in each transaction of the tick, after it has read what changed."""
        if arriving:
            home.order(arriving.pop(), "borys", NOON + 30 * SECOND)

    home.live.tick_shop(Shop.get(), NOON + MINUTE, guard)
    home.tick(NOON + 2 * MINUTE)
    assert [(rule, at - NOON) for rule, _, at in home.sent()] == [("thanks", MINUTE), ("thanks", 2 * MINUTE)]


@pytest.mark.parametrize("lost_at", [0, 1])
def test_who_lost_the_lease_decides_nothing(house: Open, lost_at: int) -> None:
    """The first transaction of this tick decides, the second moves the cursor on."""
    home = house(NEXT_DAY, NOON)
    home.order(1, "anna", NOON)
    home.tick(NOON)
    passed: list[int] = []

    def guard() -> None:
        if len(passed) == lost_at:
            raise LeaseLost("another clock took over", remedy="nothing to do")
        passed.append(1)

    with pytest.raises(LeaseLost):
        home.live.tick_shop(Shop.get(), NOON + DAY, guard)
    assert len(home.sent()) == Settlement.select().count() == lost_at
    assert Cursor.get().ticked_at == NOON


def test_the_next_tick_begins_where_this_one_ended(house: Open) -> None:
    home = house(NEXT_DAY, NOON)
    home.tick(NOON + HOUR)
    assert Cursor.get().ticked_at == NOON + HOUR


def test_a_new_rule_does_not_act_on_a_late_order_that_fell_due_before_it(house: Open) -> None:
    home = house(NEXT_DAY, NOON)
    home.tick(NOON + 4 * HOUR)
    home.write(NEXT_DAY + HOUR_LATER)
    home.tick(NOON + 5 * HOUR)
    learned = NOON + 6 * HOUR
    home.order(1, "anna", NOON + 2 * HOUR, learned)  # due an hour before the rule was
    home.order(2, "borys", NOON + 4 * HOUR + MINUTE, learned)  # due an hour and a minute after it
    home.tick(NOON + 6 * HOUR)
    assert [(row.rule, row.order) for row in _anchors()] == [("hour", "2")]


def test_a_new_rule_does_not_act_on_what_fell_due_between_the_last_tick_and_its_publication(
    house: Open,
) -> None:
    home = house(NEXT_DAY, NOON)
    home.order(1, "anna", NOON + 2 * HOUR)
    home.order(2, "borys", NOON + 3 * HOUR)
    home.tick(NOON + 3 * HOUR - MINUTE)
    home.write(NEXT_DAY + HOUR_LATER)
    home.tick(NOON + 4 * HOUR)
    assert [(row.rule, row.order) for row in _anchors()] == [("hour", "2")]


def test_what_becomes_known_after_it_has_expired_is_not_even_decided(house: Open) -> None:
    home = house("- {rule: brief, when: {ordered: any, after: 1 day}, expires: 2 hours, send: plain}\n", NOON)
    home.tick(NOON + DAY + 3 * HOUR - MINUTE)
    home.order(1, "anna", NOON + HOUR - MINUTE, learned=NOON + DAY + 3 * HOUR)
    home.order(2, "borys", NOON + HOUR, learned=NOON + DAY + 3 * HOUR)
    home.tick(NOON + DAY + 3 * HOUR)
    assert home.decided() == [("brief", "send", None)]


def test_a_changed_zone_acts_at_once_on_what_it_makes_overdue_though_that_minute_was_ticked(
    house: Open,
) -> None:
    home = house('- {rule: nine, when: {ordered: any, after: 2 days}, at: "09:00", send: plain}\n', NOON)
    said = {"id": "anna", "email": "anna@example.com", "timezone": "Europe/Lisbon"}
    accept_customers(home.store, home.config, Shop.get(), [said], NOON)
    home.order(1, "anna", NOON)
    half_past_eight = NOON + 2 * DAY - 4 * HOUR + 30 * MINUTE  # in Warsaw, so half past nine in Kyiv
    home.tick(half_past_eight)
    moved = [{**said, "timezone": "Europe/Kyiv"}]
    accept_customers(home.store, home.config, Shop.get(), moved, half_past_eight + MINUTE)
    home.tick(half_past_eight + MINUTE)
    assert [at for _, _, at in home.sent()] == [half_past_eight + MINUTE]


def test_orders_of_one_minute_are_told_in_one_mail_latest_first(house: Open) -> None:
    home = house(HOUR_LATER, NOON)
    for number, seconds in ((1, 10), (2, 50), (3, 30)):
        home.order(number, "anna", NOON + seconds * SECOND)
    home.tick(NOON + HOUR + MINUTE)
    assert [row.order for row in _anchors()] == ["2", "3", "1"]
    assert Message.select().count() == 1


def test_a_suppressed_address_is_refused_by_the_policy_already(house: Open) -> None:
    home = house(NEXT_DAY, NOON)
    home.order(1, "anna", NOON + MINUTE)
    Address.update(suppressed_at=NOON + HOUR, suppressed_reason="hard_bounce").execute()
    home.tick(NOON + 2 * DAY)
    assert home.decided() == [("next-day", "refuse", "suppressed")]
    assert home.sent() == []


def test_a_mail_of_which_nobody_knows_counts_against_the_cap(house: Open) -> None:
    home = house(NEXT_DAY, NOON)
    home.write("caps: [{at_most: 1 per 3 days}]\n", "policy.yaml")
    home.order(1, "anna", NOON + MINUTE)
    home.order(2, "anna", NOON + HOUR)
    home.tick(NOON + DAY + MINUTE)
    Message.update(state="unknown", settled_at=NOON + DAY + MINUTE).execute()
    home.tick(NOON + 2 * DAY)
    assert home.decided() == [("next-day", "send", None), ("next-day", "hold", "capped")]


class _Told:
    """An anchor of a mail."""

    def __init__(self, rule: str, anchor: dict[str, Any]) -> None:
        self.rule, self.order = rule, Order.get_by_id(anchor["order_id"]).external_id


def _anchors() -> list[_Told]:
    """Lists what the mails are about, in the order in which a template has it."""
    return [
        _Told(row.rule, anchor) for row in Message.select().order_by(Message.id) for anchor in row.anchors
    ]
