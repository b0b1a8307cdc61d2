"""An outage of the relay that lasts longer than a cap's window: what has piled up does not come at once."""

from __future__ import annotations

import psycopg
import pytest
from peewee import OperationalError

from engine.clock import MINUTE
from models import Message
from tests.promise.manners.relay import GOOD_RELAY
from tests.promise.model.conftest import Open, live_on, offers
from tests.promise.model.world import POLICY, RULES


def test_two_offers_of_two_days_do_not_come_together_when_the_relay_is_back_on_the_third(world: Open) -> None:
    shop = world(RULES, POLICY)
    shop.order([1], ["anna"], True)
    live_on(shop, 1)
    shop.order([2], ["anna"], True)
    live_on(shop, 25)
    assert Message.select().where((Message.rule == "soon") & (Message.state == "queued")).count() == 2
    shop.relay.manner = GOOD_RELAY
    live_on(shop, 1)
    assert offers(shop) == [27.0]
    live_on(shop, 23)
    assert offers(shop) == [27.0]
    live_on(shop, 1)
    assert offers(shop) == [27.0, 51.0]


def test_a_mail_of_today_and_one_that_is_late_share_their_cap(world: Open) -> None:
    shop = world(RULES, POLICY)
    shop.order([1], ["anna"], True)
    live_on(shop, 1)
    live_on(shop, 25)
    shop.relay.manner = GOOD_RELAY
    shop.order([2], ["anna"], True)
    live_on(shop, 1)  # on time, and decided when the late one had left the cap's window
    assert len(offers(shop)) == 1
    live_on(shop, 23.9)
    assert len(offers(shop)) == 1
    live_on(shop, 0.2)
    assert len(offers(shop)) == 2


def test_a_group_and_quiet_hours_hold_for_what_is_late_and_an_order_mail_waits_for_neither(
    world: Open,
) -> None:
    policy = """
quiet_hours: {from: "21:00", to: "08:00"}
groups: [{group: after an order, rules: [soon, later], at_most: 1 per 5 days}]
"""
    shop = world(RULES, policy)
    shop.order([1], ["anna"], True)
    live_on(shop, 1)
    live_on(shop, 33)  # 22:00 of the next day
    shop.relay.manner = GOOD_RELAY
    live_on(shop, 0.1)
    assert (len(shop.relay.taken), offers(shop)) == (1, [])
    live_on(shop, 10)
    assert [round(at) for at in offers(shop)] == [44]
    live_on(shop, 100)
    assert len(offers(shop)) == 1
    live_on(shop, 30)
    assert len(offers(shop)) == 2


def test_what_is_decided_while_a_late_mail_is_handed_over_counts_it_already(world: Open) -> None:
    shop = world(RULES, POLICY)
    shop.order([1], ["anna"], True)
    live_on(shop, 1)
    live_on(shop, 25)
    shop.order([2], ["anna"], True)
    live_on(shop, 0.99)
    shop.relay.manner = GOOD_RELAY
    shop.clock.at += MINUTE // 2
    shop.meanwhile(2)  # the offer of the second order falls due while the first is on its way
    assert [round(at) for at in offers(shop)] == [27]
    live_on(shop, 24.1)
    assert [round(at) for at in offers(shop)] == [27, 51]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_clock_waits_for_whoever_is_counting_the_same_mailbox(world: Open, database_url: str) -> None:
    shop = world(RULES, POLICY)
    shop.order([1], ["anna"], True)
    shop.store.database.execute_sql("set lock_timeout = '300ms'")
    with psycopg.connect(database_url) as other:
        other.execute("select id from address for no key update")
        with pytest.raises(OperationalError, match="lock timeout"):
            shop.tick()
    shop.tick()
    assert Message.select().count() == 1
