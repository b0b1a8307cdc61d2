"""A clock that jumps: forwards everything is caught up with, backwards nothing is decided or sent a second time."""

from __future__ import annotations

from collections import Counter

from engine.clock import DAY, HOUR, MINUTE
from engine.lease import acquire
from engine.outbox.recover import recover
from models import Cursor, Decision, Message
from tests.outbox.shop import NOON
from tests.promise.manners.relay import GOOD_RELAY
from tests.promise.model.conftest import Open, live_on, offers
from tests.promise.model.world import POLICY, RULES


def test_three_days_forwards_send_everything_once_and_keep_the_caps(world: Open) -> None:
    shop = world(RULES, POLICY)
    shop.relay.manner = GOOD_RELAY
    shop.order([1, 2], ["anna", "borys"], True)
    live_on(shop, 72)
    live_on(shop, 24)
    assert max(Counter(mail.message_id for mail in shop.relay.taken).values()) == 1
    assert Counter(row.rule for row in Message.select()) == {"thank-you": 2, "soon": 2, "later": 2}
    assert sorted(offers(shop)) == [72, 72, 96, 96]


def test_two_hours_backwards_decide_and_send_nothing_twice_and_lose_no_order(world: Open) -> None:
    shop = world(RULES, POLICY)
    shop.relay.manner = GOOD_RELAY
    shop.order([1], ["anna"], True)
    live_on(shop, 3)
    assert len(shop.relay.taken) == 2
    live_on(shop, -2)
    shop.order([2], ["borys"], True)
    for _ in range(8):
        live_on(shop, 0.25)
    assert Counter(row.rule for row in Message.select()) == {"thank-you": 2, "soon": 2}
    live_on(shop, 1.5)
    assert max(Counter(mail.message_id for mail in shop.relay.taken).values()) == 1
    assert Counter(row.state for row in Message.select()) == {"sent": 4}
    assert Decision.select().where(Decision.outcome == "send").count() == 4


def test_to_and_fro_at_random_keeps_one_message_an_anchor(world: Open) -> None:
    shop = world(RULES, POLICY)
    shop.relay.manner = GOOD_RELAY
    for number, hours in enumerate((1, -0.5, 30, -29, 3, 50, -2, 1, 100, -1, 2, 60), 1):
        shop.order([number], [f"anna{number % 3}"], True)
        live_on(shop, hours)
    for _ in range(30):
        live_on(shop, 24)
    assert max(Counter(mail.message_id for mail in shop.relay.taken).values()) == 1
    decided = Decision.select(Decision.rule, Decision.anchor, Decision.customer).where(
        Decision.outcome != "hold"
    )
    assert max(Counter(decided.tuples()).values()) == 1
    assert {row.state for row in Message.select()} == {"sent"}


def test_a_lease_of_a_clock_that_was_a_year_ahead_is_not_waited_for(world: Open) -> None:
    shop = world(RULES, POLICY)
    Cursor.update(owner="elsewhere:1:abcd", lease_until_at=NOON + 365 * DAY).execute()
    assert acquire(shop.store, shop.shop.id, "here:1:abcd", shop.clock)
    Cursor.update(owner="elsewhere:1:abcd", lease_until_at=NOON + 30 * MINUTE).execute()
    assert acquire(shop.store, shop.shop.id, "here:1:abcd", shop.clock) is None


def test_claims_of_a_clock_that_was_a_year_ahead_are_taken_back(world: Open) -> None:
    shop = world(RULES, POLICY)
    shop.order([1, 2], ["anna", "borys"], True)
    shop.tick()
    held = {"claimed_by": "elsewhere:1", "lease_until_at": NOON + 365 * DAY}
    Message.update(held | {"state": "claimed"}).execute()
    assert recover(shop.store, NOON) == 2
    assert {row.state for row in Message.select()} == {"queued"}
    Message.update(held | {"state": "claimed", "lease_until_at": NOON + HOUR // 4}).execute()
    assert recover(shop.store, NOON) == 0
