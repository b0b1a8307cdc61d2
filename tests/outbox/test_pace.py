"""Paces: each provider's mailboxes get mail at their own, and what one may not get holds up nobody else."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from engine.clock import DAY, HOUR, MINUTE, SECOND
from engine.config import Config
from engine.config_sending import Pace
from engine.outbox.claim import claim, let_go
from engine.outbox.domains import GROUPS, group_of
from engine.outbox.pace import Bucket, give_back, read_buckets, slow_down, slow_down_code
from models import Message
from models import Pace as PaceRow
from tests.outbox.shop import NOON, Optician

SLOW = Pace(google=6, wp=60)


def _queue(optician: Optician, domain: str, count: int, **changed: Any) -> list[int]:
    people = (
        optician.customer(f"{changed.get('purpose', 'Anna')}{n}.{domain}", email=f"a{n}.{changed.get('rule', 'r')}@{domain}")
        for n in range(count)
    )  # fmt: skip
    return optician.queue(*(optician.draft(person, **changed) for person in people))


def _claimed(
    optician: Optician, now: int, pace: Pace = SLOW, worker: str = "w1", limit: int = 100
) -> list[str]:
    return [row.domain_group for row in claim(optician.store, worker, now, limit, pace)]


@pytest.mark.parametrize(
    ("email", "group"),
    [
        ("anna@gmail.com", "google"), ("borys@hotmail.fr", "microsoft"), ("celina@yahoo.com", "yahoo"),
        ("daria@o2.pl", "wp"), ("ewa@WP.pl", "wp"), ("filip@op.pl", "onet"), ("genia@interia.eu", "interia"),
        ("hanna@ukr.net", "ukrnet"), ("igor@sklep.example", "others"), ("jan@notgmail.com", "others"),
    ],
)  # fmt: skip
def test_a_mailbox_is_known_by_its_domain(email: str, group: str) -> None:
    assert group_of(email) == group


def test_every_group_has_a_setting_and_none_has_two() -> None:
    assert set(GROUPS) == set(Pace.model_fields) - {"domains"}


def test_a_mail_enters_the_queue_with_the_provider_of_its_mailbox(optician: Optician) -> None:
    keys = (
        _queue(optician, "gmail.com", 1) + _queue(optician, "wp.pl", 1) + _queue(optician, "firma.example", 1)
    )
    assert [Message.get_by_id(key).domain_group for key in keys] == ["google", "wp", "others"]


def test_a_minutes_mails_go_at_once_and_then_one_at_a_time(optician: Optician) -> None:
    _queue(optician, "gmail.com", 10)
    assert _claimed(optician, NOON) == ["google"] * 6
    assert _claimed(optician, NOON + 9 * SECOND) == []
    assert _claimed(optician, NOON + 10 * SECOND) == ["google"]
    assert _claimed(optician, NOON + 35 * SECOND) == ["google"] * 2


def test_a_provider_at_its_pace_holds_up_nobody_elses_mail(optician: Optician) -> None:
    _queue(optician, "gmail.com", 30)
    _queue(optician, "wp.pl", 4)
    others = _queue(optician, "firma.example", 4)
    assert sorted(_claimed(optician, NOON, limit=10)) == ["google"] * 4 + ["others"] * 3 + ["wp"] * 3
    assert sorted(_claimed(optician, NOON, limit=100)) == ["google"] * 2 + ["others", "wp"]
    assert Message.select().where(Message.id << others, Message.state == "queued").count() == 0


def test_mail_about_orders_goes_first_and_has_a_share_that_no_newsletter_uses_up(optician: Optician) -> None:
    _queue(optician, "gmail.com", 20)
    assert len(_claimed(optician, NOON)) == 6
    thanks = _queue(optician, "gmail.com", 8, purpose="transactional", rule="thanks")
    claimed = claim(optician.store, "w1", NOON, 100, SLOW)
    assert {row.id for row in claimed} <= set(thanks)
    assert len(claimed) == 6  # another minute's worth, and no more
    assert _claimed(optician, NOON) == []
    assert _claimed(optician, NOON + 60 * SECOND) == ["google"] * 2  # the two thank-yous that are left
    assert (
        _claimed(optician, NOON + 80 * SECOND) == []
    )  # the newsletter pays back what they took beyond the pace
    assert _claimed(optician, NOON + 90 * SECOND) == ["google"]


def test_a_group_without_a_pace_gets_as_much_as_is_there_and_costs_no_row(optician: Optician) -> None:
    _queue(optician, "firma.example", 40)
    assert len(_claimed(optician, NOON)) == 40
    assert PaceRow.get(PaceRow.domain_group == "others").full_at == 0


def test_what_is_given_back_unsent_makes_room_again(optician: Optician) -> None:
    _queue(optician, "gmail.com", 10)
    assert len(_claimed(optician, NOON)) == 6
    assert let_go(optician.store, "w1", NOON, pace=SLOW) == 6
    assert len(_claimed(optician, NOON)) == 6
    give_back(optician.store, SLOW, {"google": 2}, NOON)
    assert len(_claimed(optician, NOON)) == 2


def test_senders_share_one_bucket_however_many_they_are(optician: Optician) -> None:
    _queue(optician, "wp.pl", 200)
    claimed: list[int] = []
    failures: list[Exception] = []

    def work(name: str) -> None:
        try:
            with optician.store.use():
                while rows := claim(optician.store, name, NOON, 7, SLOW):
                    claimed.extend(row.id for row in rows)
        except Exception as error:  # noqa: BLE001 - the test tells it
            failures.append(error)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(claimed) == len(set(claimed)) == 60


def test_a_domain_that_config_names_later_takes_its_mail_along(optician: Optician) -> None:
    keys = _queue(optician, "firma.example", 8)
    named = Pace(google=6, domains={"firma.example": "google"})
    assert _claimed(optician, NOON, named) == ["google"] * 6
    assert {row.domain_group for row in Message.select().where(Message.id << keys)} == {"google"}


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("421 4.3.2 closing", "421"), ("421 too fast", "421"), ("450 4.7.1 greylisted", "4.7.1"),
        ("451-4.7.28 unusual rate\n451 4.7.28 see help", "4.7.28"), ("450 4.2.1 mailbox busy", None),
        ("450 4.2.1 greylisted [10.4.7.2]", None), ("450-4.2.1 busy\n450 4.7.1 and too fast", "4.7.1"),
        ("550 5.7.1 blocked", None), ("250 ok 421 4.7.0", None), ("no connection: 421 4.7.0", None), ("", None),
    ],
)  # fmt: skip
def test_a_wish_to_go_slower_is_known_by_its_code(reply: str, code: str | None) -> None:
    assert slow_down_code(reply) == code


def test_a_pace_is_halved_and_comes_back_slowly(optician: Optician) -> None:
    pace = Pace(google=100)
    assert slow_down(optician.store, pace, {("google", "421")}, NOON) == ["google"]

    def a_minute(now: int) -> float:
        return read_buckets(pace, now)["google"].a_minute

    assert [a_minute(NOON + n * MINUTE) for n in (0, 10, 50, 100, 1000)] == [50, 55, 75, 100, 100]
    assert read_buckets(pace, NOON)["wp"].a_minute == 300  # nobody else is slowed
    _queue(optician, "gmail.com", 200)
    assert _claimed(optician, NOON, pace) == []  # it has just said that it has too much
    assert len(_claimed(optician, NOON + MINUTE, pace)) == 50


def test_one_bad_minute_is_one_halving_and_a_hundredth_is_the_least(optician: Optician) -> None:
    pace, now = Pace(google=1_000), NOON
    slow_down(optician.store, pace, {("google", "421")}, now)
    assert slow_down(optician.store, pace, {("google", "421")}, now + MINUTE - SECOND) == []
    assert read_buckets(pace, now)["google"].a_minute == 500
    for _ in range(12):
        now += MINUTE
        slow_down(optician.store, pace, {("google", "4.7.0")}, now)
    assert read_buckets(pace, now)["google"].a_minute == 10


def test_a_group_without_a_pace_can_be_slowed_too(optician: Optician) -> None:
    assert slow_down(optician.store, SLOW, {("others", "421")}, NOON) == ["others"]
    assert read_buckets(SLOW, NOON)["others"].a_minute == 3_000
    assert not read_buckets(SLOW, NOON + 2 * HOUR)["others"].limited


@pytest.mark.parametrize("jump", [-DAY, -HOUR, -MINUTE])
def test_a_clock_that_is_set_back_stops_no_group_for_longer_than_two_minutes(jump: int) -> None:
    bucket = Bucket(6, NOON, full_at=NOON + MINUTE - jump)
    assert bucket.room(about_orders=True) == 0
    assert Bucket(6, NOON, full_at=NOON + MINUTE).room(about_orders=False) == 0
    bucket.take(0)
    assert bucket.full_at == NOON + 2 * MINUTE


def test_a_clock_that_is_set_back_does_not_bring_a_pace_back_sooner_nor_slow_it_for_ever() -> None:
    slowed = Bucket(100, NOON - HOUR, share=500, slowed_at=NOON)
    assert slowed.a_minute == 50
    assert slowed.halve("421")


def test_config_sets_a_pace_within_reason() -> None:
    assert Config.model_fields["pace"].default == Pace()
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        Pace(google=0)
    with pytest.raises(ValueError, match="google"):
        Pace(domains={"firma.example": "gogle"})  # type: ignore[dict-item]
