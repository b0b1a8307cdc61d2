"""Stopping just that: no more mails of one rule, from this very moment, and everything else as before."""

from __future__ import annotations

from engine.clock import DAY, MINUTE
from engine.consent.granted import granted
from engine.consent.stops import allow_rule, stop_rule, stopped_at
from engine.outbox.begin import Asked, Prepared, begin_sending
from engine.outbox.claim import claim
from models import Change, ConsentChange, Message
from tests.outbox.shop import NOON, Optician, states


def _begin(optician: Optician, keys: list[int], now: int = NOON) -> Asked:
    batch = [Prepared(key, "Subject", f"<{key}@optyk.example>") for key in keys]
    return begin_sending(optician.store, "w1", batch, now)


def test_anna_stops_one_rule_and_keeps_her_consent(optician: Optician) -> None:
    anna = optician.customer("Anna")
    assert stop_rule(optician.store, optician.shop.id, anna.address_id, "refill", NOON, "why") == 1
    assert stopped_at(anna.id, "refill", NOON + MINUTE) == NOON
    assert not stopped_at(anna.id, "refill", NOON - 1)
    assert not stopped_at(anna.id, "win-back", NOON)
    assert granted(anna.id, "marketing", NOON)


def test_stopping_again_writes_nothing_new(optician: Optician) -> None:
    anna = optician.customer("Anna")
    stop_rule(optician.store, optician.shop.id, anna.address_id, "refill", NOON, "why")
    before = ConsentChange.select().count(), Change.select().count()
    assert stop_rule(optician.store, optician.shop.id, anna.address_id, "refill", NOON + MINUTE, "why") == 0
    assert (ConsentChange.select().count(), Change.select().count()) == before


def test_whoever_shares_the_mailbox_is_meant_too_and_asked_again_by_the_next_tick(optician: Optician) -> None:
    anna, borys = (optician.customer(name, email="home@example.com") for name in ("Anna", "Borys"))
    celina = optician.customer("Celina")
    stop_rule(optician.store, optician.shop.id, anna.address_id, "refill", NOON, "why")
    stopped = [stopped_at(customer.id, "refill", NOON) for customer in (anna, borys, celina)]
    assert stopped == [NOON, NOON, None]
    assert {change.customer_id for change in Change.select()} == {anna.id, borys.id}


def test_what_waits_of_the_rule_is_cancelled_and_the_rest_stays(optician: Optician) -> None:
    anna = optician.customer("Anna")
    refill, other = (optician.queue(optician.draft(anna, rule=rule))[0] for rule in ("refill", "win-back"))
    stop_rule(optician.store, optician.shop.id, anna.address_id, "refill", NOON, "why")
    assert states(refill, other) == ["cancelled", "queued"]
    assert Message.get_by_id(refill).reason == "withdrawn"


def test_a_stop_that_the_decision_did_not_see_is_seen_before_sending(optician: Optician) -> None:
    anna = optician.customer("Anna")
    keys = optician.queue(optician.draft(anna, rule="refill"), optician.draft(anna, rule="win-back"))
    thanks = optician.queue(optician.draft(anna, rule="refill", purpose="transactional"))
    optician.consent(anna, "rule:refill", False, NOON)  # as another node wrote it, the queue untouched
    claim(optician.store, "w1", NOON, 20)
    asked = _begin(optician, [*keys, *thanks])
    assert asked.stopped == {keys[0]: ("cancelled", "no_consent")}
    assert sorted(asked.go) == sorted([keys[1], *thanks])


def test_asking_for_the_mails_again_lets_them_come(optician: Optician) -> None:
    anna = optician.customer("Anna")
    stop_rule(optician.store, optician.shop.id, anna.address_id, "refill", NOON - DAY, "why")
    assert allow_rule(optician.store, optician.shop.id, anna.address_id, "refill", NOON - MINUTE, "why") == 1
    (key,) = optician.queue(optician.draft(anna, rule="refill"))
    claim(optician.store, "w1", NOON, 20)
    assert not stopped_at(anna.id, "refill", NOON)
    assert _begin(optician, [key]).go == [key]


def test_a_rule_with_the_longest_name_can_be_stopped(optician: Optician) -> None:
    anna, rule = optician.customer("Anna"), "r" * 64
    stop_rule(optician.store, optician.shop.id, anna.address_id, rule, NOON, "why")
    assert stopped_at(anna.id, rule, NOON)
