"""Outcomes: what the relay said, what nobody knows, and what a crash leaves behind."""

from __future__ import annotations

import pytest

from engine.clock import DAY, HOUR, MINUTE
from engine.outbox.begin import SENDING_LEASE, Prepared, begin_sending
from engine.outbox.claim import LEASE, claim
from engine.outbox.recover import expire, recover
from engine.outbox.settle import Settled, settle, wait_after
from models import Change, Message
from tests.outbox.shop import NOON, Optician, later, states


def _sending(optician: Optician, now: int = NOON, worker: str = "w1") -> list[int]:
    keys = [row.id for row in claim(optician.store, worker, now, 20)]
    return begin_sending(optician.store, worker, [Prepared(key, "S", f"<{key}@x>") for key in keys], now).go


def _settle(optician: Optician, key: int, outcome: str, now: int = NOON, worker: str = "w1") -> Message:
    settle(optician.store, worker, [Settled(key, outcome, "250 ok")], now)  # type: ignore[arg-type]
    return Message.get_by_id(key)


def test_sent_keeps_the_relays_words_and_wakes_the_rules_about_our_own_mail(optician: Optician) -> None:
    (key,) = optician.queue_for("Anna")
    _sending(optician)
    row = _settle(optician, key, "sent", later(1))
    assert (row.state, row.reply, row.settled_at, row.claimed_by) == ("sent", "250 ok", later(1), None)
    assert Change.select().where(Change.customer == row.customer_id).count() == 1


@pytest.mark.parametrize(("waited", "counted"), [(HOUR, NOON), (HOUR + 1, NOON + HOUR + 1)])
def test_caps_count_from_the_hand_over_only_if_that_came_more_than_an_hour_later(
    optician: Optician, waited: int, counted: int
) -> None:
    (key,) = optician.queue_for("Anna")
    _sending(optician, NOON + waited)
    assert _settle(optician, key, "sent", NOON + waited).counted_at == counted


def test_a_temporary_refusal_is_tried_again_after_five_minutes_then_ten(optician: Optician) -> None:
    (key,) = optician.queue_for("Anna")
    _sending(optician)
    assert _settle(optician, key, "deferred").not_before_at == later(5)
    assert claim(optician.store, "w1", later(5) - 1, 20) == []
    _sending(optician, later(5))
    row = _settle(optician, key, "deferred", later(5))
    assert (row.state, row.not_before_at, row.attempts) == ("deferred", later(15), 2)


def test_the_wait_never_grows_beyond_six_hours() -> None:
    assert [wait_after(n) // MINUTE for n in (1, 2, 3, 7, 8, 30)] == [5, 10, 20, 320, 360, 360]


def test_mail_about_orders_is_tried_sooner_and_each_hour() -> None:
    assert [wait_after(n, about_order=True) // MINUTE for n in (1, 2, 3, 6, 7, 50)] == [1, 2, 4, 32, 60, 60]


@pytest.mark.parametrize("purpose", ["marketing", "transactional"])
def test_after_two_days_of_temporary_refusals_it_is_given_up(optician: Optician, purpose: str) -> None:
    (key,) = optician.queue_for("Anna", purpose=purpose)
    now, row = NOON, Message.get_by_id(key)
    while row.state in ("queued", "deferred"):
        _sending(optician, now)
        row = _settle(optician, key, "deferred", now)
        now = row.not_before_at
    assert (row.state, row.reason) == ("refused", "deferred_too_long")
    assert row.settled_at - NOON == 2 * DAY  # the last time in its last moment


def test_a_mail_that_was_not_offered_has_not_used_up_an_attempt_but_does_not_wait_for_ever(
    optician: Optician,
) -> None:
    (key,) = optician.queue_for("Anna")
    _sending(optician)
    row = _settle(optician, key, "later", NOON)
    assert (row.state, row.not_before_at, row.attempts, row.tried_at) == ("deferred", later(1), 0, NOON)
    _sending(optician, NOON + 2 * DAY)
    row = _settle(optician, key, "later", NOON + 2 * DAY)
    assert (row.state, row.reason) == ("refused", "deferred_too_long")


def test_two_days_count_from_the_first_attempt_and_not_from_the_decision(optician: Optician) -> None:
    (key,) = optician.queue_for("Anna", expires_at=NOON + 30 * DAY)
    _sending(optician, NOON + 5 * DAY)
    assert _settle(optician, key, "deferred", NOON + 5 * DAY).state == "deferred"
    assert Message.get_by_id(key).tried_at == NOON + 5 * DAY
    now = NOON + 8 * DAY  # nobody was there to send for three days: it gets one more chance
    _sending(optician, now)
    assert _settle(optician, key, "deferred", now).reason == "deferred_too_long"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [("550 5.7.1 blocked", "refused_by_policy"), ("554 5.7.26 no SPF", "refused_by_policy"),
     ("550 5.2.1 disabled", "refused_by_relay"), ("554 15.7.1 odd", "refused_by_relay"),
     ("550 5.1.1 gone", "hard_bounce"), ("550 no such user", "hard_bounce"),
     ("550 5.1.3 bad address [10.5.7.12]", "refused_by_relay"), ("550 5.2.2 full [10.5.1.1]", "refused_by_relay"),
     ("550 5.1.1 gone\n5.7.1 blocked", "refused_by_policy")],
)  # fmt: skip
def test_a_refusal_is_told_from_others_by_its_code(optician: Optician, reply: str, reason: str) -> None:
    (key,) = optician.queue_for("Anna")
    _sending(optician)
    settle(optician.store, "w1", [Settled(key, "refused", reply)], NOON)
    assert Message.get_by_id(key).reason == reason


def test_an_offer_that_ended_unknown_is_never_sent_again(optician: Optician) -> None:
    (key,) = optician.queue_for("Anna")
    _sending(optician)
    assert _settle(optician, key, "unknown").state == "unknown"
    assert claim(optician.store, "w1", NOON + 2 * DAY, 20) == []


def test_an_order_mail_that_ended_unknown_is_sent_again_under_its_name_three_times_in_all(
    optician: Optician,
) -> None:
    (key,) = optician.queue_for("Anna", purpose="transactional")
    names, now = [], NOON
    while _sending(optician, now) == [key]:
        names.append(Message.get_by_id(key).message_id)
        _settle(optician, key, "unknown", now)
        now += MINUTE
    assert len(names) == 3
    assert len(set(names)) == 1
    assert states(key) == ["unknown"]


def test_deferrals_do_not_use_up_the_attempts_of_an_unknown_order_mail(optician: Optician) -> None:
    (key,) = optician.queue_for("Anna", purpose="transactional")
    now = NOON
    for _ in range(4):
        _sending(optician, now)
        now = _settle(optician, key, "deferred", now).not_before_at
    _sending(optician, now)
    assert _settle(optician, key, "unknown", now).state == "queued"


def test_a_claim_whose_worker_vanished_is_queued_again_after_its_lease(optician: Optician) -> None:
    (key,) = optician.queue_for("Anna")
    claim(optician.store, "w1", NOON, 20)
    assert recover(optician.store, NOON + LEASE) == 0
    assert recover(optician.store, NOON + LEASE + 1) == 1
    assert states(key) == ["queued"]


def test_a_worker_known_to_be_dead_is_not_waited_for(optician: Optician) -> None:
    offer, thanks = optician.queue_for("Anna") + optician.queue_for("Borys", purpose="transactional")
    _sending(optician)
    assert recover(optician.store, NOON, dead={"w2"}) == 0
    assert recover(optician.store, NOON, dead={"w1"}) == 2
    assert states(offer, thanks) == ["unknown", "queued"]


def test_what_was_being_sent_in_a_crash_is_unknown_and_only_the_order_mail_goes_again(
    optician: Optician,
) -> None:
    offer, thanks = optician.queue_for("Anna") + optician.queue_for("Borys", purpose="transactional")
    _sending(optician)
    recover(optician.store, NOON + SENDING_LEASE + 1)
    assert states(offer, thanks) == ["unknown", "queued"]
    assert _sending(optician, NOON + SENDING_LEASE + MINUTE + 2, "w2") == [thanks]


def test_a_relays_late_yes_settles_a_mail_that_was_given_up_as_unknown(optician: Optician) -> None:
    offer, thanks = optician.queue_for("Anna") + optician.queue_for("Borys", purpose="transactional")
    _sending(optician)
    recover(optician.store, NOON, dead={"w1"})
    _settle(optician, offer, "sent", later(20))
    _settle(optician, thanks, "sent", later(20))
    assert states(offer, thanks) == ["sent", "sent"]


def test_another_workers_failure_does_not_touch_a_mail_that_was_taken_over(optician: Optician) -> None:
    (thanks,) = optician.queue_for("Borys", purpose="transactional")
    _sending(optician)
    recover(optician.store, NOON, dead={"w1"})
    _sending(optician, later(2), "w2")
    _settle(optician, thanks, "deferred", later(2), worker="w1")
    assert states(thanks) == ["sending"]


def test_a_crash_leaves_at_most_twenty_unknown(optician: Optician) -> None:
    optician.queue_for(*(f"Anna{n}" for n in range(30)))
    rows = claim(optician.store, "w1", NOON, 30)
    batch = [Prepared(row.id, "S", f"<{row.id}@x>") for row in rows]
    begin_sending(optician.store, "w1", batch[:20], NOON)
    recover(optician.store, NOON, dead={"w1"})
    assert sorted(states()) == ["queued"] * 10 + ["unknown"] * 20


def test_what_waited_too_long_expires_without_being_claimed(optician: Optician) -> None:
    late, fine = optician.queue_for("Anna", expires_at=later(30)) + optician.queue_for("Borys")
    assert expire(optician.store, later(30)) == 0
    assert expire(optician.store, later(30) + 1) == 1
    assert states(late, fine) == ["expired", "queued"]


def test_a_mail_that_expires_makes_room_so_its_customer_is_looked_at_again(optician: Optician) -> None:
    (late,) = optician.queue_for("Anna", expires_at=later(30))
    Change.delete().execute()
    expire(optician.store, later(31))
    assert [row.customer_id for row in Change.select()] == [Message.get_by_id(late).customer_id]
