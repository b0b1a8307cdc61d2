"""An outage of the relay that lasts longer than a cap's window: what has piled up does not come at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.clock import HOUR
from engine.store import Store
from models import Message
from tests.promise.manners.known import CLOSE
from tests.promise.manners.relay import GOOD_RELAY, Manner, Relay
from tests.promise.model.world import POLICY, RULES, World

Open = Callable[[str, str], World]


@pytest.fixture
def world(store: Store, tmp_path: Path) -> Iterator[Open]:
    """Opens a shop with these rules and this policy, and a relay that is away."""
    (tmp_path / "rules").mkdir()
    opened: list[World] = []
    with Relay(Manner({"greeting": CLOSE})) as relay:

        def open_it(rules: str, policy: str) -> World:
            (tmp_path / "rules" / "rules.yaml").write_text(rules, "utf-8")
            (tmp_path / "rules" / "policy.yaml").write_text(policy, "utf-8")
            opened.append(World(store, tmp_path, relay))
            relay.now = opened[0].clock.now
            return opened[0]

        yield open_it
        opened[0].close()


def live_on(world: World, hours: float) -> None:
    """Lets time pass, ticks and sends."""
    world.clock.at += int(hours * HOUR)
    world.tick()
    world.send()


def offers(world: World) -> list[float]:
    """Tells after how many hours the customers got offers."""
    rules = {row.message_id: row.rule for row in Message.select()}
    began = Message.select().order_by(Message.id).get().decided_at
    return [(mail.at - began) / HOUR for mail in world.relay.taken if rules[mail.message_id] != "thank-you"]


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
