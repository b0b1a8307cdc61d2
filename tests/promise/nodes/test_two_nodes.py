"""Two clocks and two senders on one PostgreSQL, one of them paused past its lease and woken: nothing comes twice."""

from __future__ import annotations

import random

import pytest

from engine.clock import HOUR, MINUTE, SECOND
from models import Decision, Message
from tests.promise.conftest import Figures
from tests.promise.nodes.books import all_quiet, broken, push, verdict
from tests.promise.nodes.conftest import Pair
from tests.waiting import until

pytestmark = pytest.mark.postgresql
PEOPLE = 40


def test_a_clock_paused_in_the_midst_of_a_tick_decides_nothing_when_it_wakes(pair: Pair) -> None:
    pair.ala.start("clock")
    pair.ala.ready()
    push(pair.store, pair.config, range(PEOPLE), PEOPLE, pair.at)
    pair.ala.wake()
    until(lambda: Decision.select().count() > 5)
    pair.sleep_in_a_tick()
    begun = Decision.select().count()
    pair.jump(31 * SECOND)
    push(pair.store, pair.config, range(PEOPLE, 2 * PEOPLE), PEOPLE, pair.at)
    pair.ewa.start("clock", "sender")
    until(all_quiet, 60)
    pair.ala.resume("clock")
    until(lambda: pair.ala.said("lease lost") + pair.ala.said("failed"))
    pair.jump(MINUTE)
    until(all_quiet, 60)
    counted = verdict(pair.relay)
    assert begun < 2 * PEOPLE, "it was paused too late to prove anything"
    assert broken(counted) == {}
    assert (counted["orders_thanked"], counted["offers"]) == (2 * PEOPLE, PEOPLE)


@pytest.mark.parametrize(("paused_at", "arrive"), [
    pytest.param(1, 2 * PEOPLE + 20, id="order mails", marks=pytest.mark.long),
    pytest.param(PEOPLE + 1, 2 * PEOPLE, id="offers"),
])  # fmt: skip
def test_a_sender_paused_in_the_midst_of_a_batch_sends_no_offer_that_another_has_sent(
    pair: Pair, paused_at: int, arrive: int
) -> None:
    pair.ala.start("clock", "sender")
    pair.ala.ready()

    def pause() -> None:
        if len(pair.relay.taken) == paused_at:
            pair.ala.pause("sender")

    pair.relay.on_end = pause
    push(pair.store, pair.config, range(PEOPLE), PEOPLE, pair.at)
    pair.ala.wake()
    until(lambda: Message.select().count() == 2 * PEOPLE and len(pair.relay.taken) >= paused_at)
    assert 0 < Message.select().where(Message.state == "sending").count() <= 20
    pair.jump(61 * SECOND)
    pair.ewa.start("clock", "sender")
    until(lambda: len(pair.relay.taken) >= 2 * PEOPLE - 20, 60)
    pair.jump(16 * MINUTE)  # and then those that the paused one was sending
    until(lambda: not Message.select().where(Message.state == "sending").exists(), 90)
    pair.jump(2 * MINUTE)
    until(all_quiet, 90)
    assert verdict(pair.relay)["unknown"] <= 20
    pair.ala.resume("sender")
    until(lambda: len(pair.relay.taken) >= arrive, 60)
    push(pair.store, pair.config, range(PEOPLE, PEOPLE + 5), PEOPLE, pair.at)
    pair.jump(MINUTE)
    until(all_quiet, 60)
    pair.ala.stop()
    counted = verdict(pair.relay)
    assert broken(counted) == {}
    assert (counted["orders_thanked"], counted["offers"], counted["unknown"]) == (PEOPLE + 5, PEOPLE, 0)
    assert len(pair.relay.taken) == arrive + 5


@pytest.mark.long
def test_two_clocks_and_two_senders_paused_at_random_keep_every_promise(pair: Pair, figures: Figures) -> None:
    rounds, orders, drawn = 12, 0, random.Random(29)
    roles = ("clock", "sender")
    for node in (pair.ala, pair.ewa):
        node.start(*roles)
        node.ready()
    for _ in range(rounds):
        push(pair.store, pair.config, range(orders, orders + PEOPLE), PEOPLE, pair.at)
        orders += PEOPLE
        pair.jump(drawn.choice((0, SECOND, 26 * HOUR)))
        seen = len(pair.relay.taken) + drawn.randint(0, PEOPLE)
        until(lambda seen=seen: len(pair.relay.taken) >= seen or all_quiet(), 60)  # type: ignore[misc]
        asleep = drawn.choice((pair.ala, pair.ewa))
        for role in roles:
            asleep.pause(role)
        pair.jump(drawn.choice((31 * SECOND, 61 * SECOND, 16 * MINUTE)))
        until(lambda: all_quiet() or pair.waited(), 60)
        for role in roles:
            asleep.resume(role)
    for _ in range(6):
        pair.jump(2 * MINUTE)
        pair.keep_up()
        until(lambda: all_quiet() or pair.waited(), 60)
    until(all_quiet, 120)
    counted = verdict(pair.relay)
    figures("two nodes paused at random", pauses=rounds, orders=orders, **counted)
    assert broken(counted) == {}
    assert counted["orders_thanked"] == orders
