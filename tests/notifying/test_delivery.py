"""At least once, in spite of receivers of every kind: later, less often, and at last given up, loudly."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from engine.clock import DAY, HOUR, SECOND
from engine.doctor.endpoints import endpoints
from engine.notices import CLICKED, News, note
from engine.notifying.posting import Line
from engine.notifying.queue import claim, is_due, lease_of, settle, wait_after
from engine.notifying.rounds import Notifier
from models import Customer, Endpoint, Notice
from tests.notifying.receiver import (
    OLD_SECRET,
    SECRET,
    Receiver,
    Told,
    answer,
    dripping,
    endless,
    hanging_up,
    silent,
)
from tests.outbox.shop import NOON


def clicks(told: Told, *names: str, times: int = 1) -> None:
    """Something that happened to each, so many times."""
    for name in names:
        who = Customer.get_or_none(Customer.external_id == name.lower()) or told.shop.customer(name)
        with told.store.transaction():
            news = [News(who.id, told.clock.at + number, {"n": number}) for number in range(times)]
            note(told.store, told.shop.shop.id, CLICKED, news, told.clock.at)


def fares() -> Any:
    return Endpoint.get()


@pytest.mark.parametrize(
    ("manner", "said"),
    [(answer(500), "HTTP 500"), (answer(404), "HTTP 404"), (answer(503), "HTTP 503"), (silent, "no answer within 1 s"),
     (dripping, "no answer within 1 s"), (hanging_up, "it hung up"), (b"SSH-2.0-OpenSSH\r\n", "is not HTTP"),
     (answer(302, b"", "Location: http://127.0.0.1:1/"), "HTTP 302, a redirect, which is not followed"),
     (answer(304), "HTTP 304"), (answer(199), "HTTP 199")],
    ids=["500", "404", "503", "silent", "dripping", "hanging up", "not HTTP", "redirect", "304", "199"],
)  # fmt: skip
def test_whatever_is_not_2xx_is_tried_again_under_the_same_number(
    told: Told, receiver: Receiver, manner: Any, said: str
) -> None:
    clicks(told, "Anna")
    receiver.manners.append(manner)
    assert told.drain() == 0
    notice = Notice.get()
    assert (notice.state, notice.attempts, said in notice.error, said in fares().error) == (
        "waiting",
        1,
        True,
        True,
    )
    assert told.drain() == 0, "not before its time"
    assert told.drain(minutes=1) == 1
    assert len(set(receiver.numbers)) == 1
    assert (Notice.get().state, fares().failures, fares().delivered, fares().failed) == ("delivered", 0, 1, 1)


@pytest.mark.parametrize("manner", [endless, answer(200, b"x" * 200_000), answer(204), answer(299, b"later")])
def test_2xx_is_success_however_much_follows(told: Told, receiver: Receiver, manner: Any) -> None:
    clicks(told, "Anna", "Borys")
    receiver.manners.append(manner)
    assert told.drain() == 2
    assert {row.state for row in Notice.select()} == {"delivered"}


def test_a_receiver_that_is_away_gets_everything_when_it_is_back(told: Told, receiver: Receiver) -> None:
    clicks(told, "Anna", "Borys", "Celina")
    receiver.away()
    for _ in range(3):
        assert told.drain(minutes=5) == 0
    assert "cannot be reached" in fares().error
    back = Receiver()
    told.settings(url=f"http://127.0.0.1:{back.port}/")
    told.drain(minutes=60)
    told.drain(minutes=60)
    back.close()
    assert sorted(said["data"]["customer"] for said in back.told) == ["anna", "borys", "celina"]


def test_one_lane_is_one_connection_and_one_customers_news_come_in_order(
    told: Told, receiver: Receiver
) -> None:
    clicks(told, "Anna", "Borys", times=20)
    assert told.drain() == 40
    for name in ("anna", "borys"):
        assert [s["data"]["n"] for s in receiver.told if s["data"]["customer"] == name] == list(range(20))
    assert receiver.connections <= 4


def test_a_connection_that_the_receiver_has_closed_meanwhile_is_opened_again(
    told: Told, receiver: Receiver
) -> None:
    clicks(told, "Anna", times=2)
    line = Line(told.endpoint)
    assert line.post({}, b"{}").taken
    receiver.manners.append(hanging_up)
    assert line.post({}, b"{}").taken
    line.close()
    assert receiver.connections == 2


def test_a_poisonous_message_does_not_keep_the_others_waiting(told: Told, receiver: Receiver) -> None:
    clicks(told, "Anna")
    clicks(told, "Borys", "Celina")
    receiver.manners.append(answer(500))
    told.drain()
    told.clock.at += 5 * SECOND
    told.drain()
    told.drain()
    assert sorted(row.state for row in Notice.select()) == ["delivered", "delivered", "waiting"]


def test_waits_grow_up_to_six_hours() -> None:
    waits = [wait_after(attempt) // SECOND for attempt in range(1, 9)]
    assert waits == [10, 40, 160, 640, 2560, 10240, 21600, 21600]
    spread = {wait_after(3, f"msg_{number}") for number in range(50)}
    assert len(spread) > 5
    assert max(spread) <= 160 * SECOND * 115 // 100


def test_a_door_that_is_shut_is_knocked_at_once_and_ever_more_seldom(told: Told, receiver: Receiver) -> None:
    clicks(told, "Anna", times=30)
    receiver.manners.extend([answer(500)] * 500)
    told.drain()
    began = len(receiver.bodies)
    for _ in range(60):
        told.clock.at += 10 * SECOND
        told.drain()
    assert 3 < len(receiver.bodies) - began <= 12
    assert fares().rest_until_at > told.clock.at


def test_a_receiver_that_asks_for_a_rest_gets_it(told: Told, receiver: Receiver) -> None:
    clicks(told, "Anna")
    receiver.manners.append(answer(429, b"", "Retry-After: 600"))
    told.drain()
    clicks(told, "Borys")
    assert told.drain(minutes=9) == 0
    assert told.drain(minutes=2) == 2


def test_after_its_days_a_message_is_given_up_and_shown(told: Told, receiver: Receiver) -> None:
    clicks(told, "Anna")
    receiver.manners.extend([answer(500)] * 500)
    with capture_logs() as logs:
        for _ in range(40):
            if Notice.get().state == "waiting":
                told.drain(minutes=120)
    given_up = Notice.get()
    assert (given_up.state, fares().given_up) == ("given_up", 1)
    assert 3 * DAY <= told.clock.at - NOON <= 3 * DAY + 2 * HOUR
    assert any(line["event"] == "webhooks given up" for line in logs)
    assert all("anna" not in str(line).lower() for line in logs), "a line tells of nobody"


def test_an_endpoint_that_fails_for_a_day_is_paused_loudly_and_asked_no_more(
    told: Told, receiver: Receiver
) -> None:
    clicks(told, "Anna")
    receiver.manners.extend([answer(500)] * 500)
    with capture_logs() as logs:
        for _ in range(62):  # half-hours: a day and what one message waits at most
            if fares_or_none() is None or fares().paused_at is None:
                told.drain(minutes=30)
    [loud] = [line for line in logs if line["log_level"] == "error"]
    assert (loud["event"], loud["endpoint"], "resume it" in loud["remedy"]) == (
        "webhook endpoint paused",
        "crm",
        True,
    )
    assert 24 * HOUR <= fares().paused_at - NOON <= 31 * HOUR
    asked = len(receiver.bodies)
    clicks(told, "Borys")
    assert (told.drain(minutes=60), len(receiver.bodies)) == (0, asked)
    assert not is_due(told.whose, told.clock.at)
    told.drain(minutes=4 * 24 * 60)
    assert {row.state for row in Notice.select()} == {"given_up"}, "also while it is paused"


def fares_or_none() -> Any:
    return Endpoint.get_or_none()


def test_an_endpoint_that_says_it_is_gone_is_paused_at_once(told: Told, receiver: Receiver) -> None:
    clicks(told, "Anna")
    receiver.manners.append(answer(410))
    told.drain()
    assert (fares().paused_why, Notice.get().state) == ("gone", "waiting")


def test_while_a_secret_is_replaced_either_is_right(
    told: Told, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.settings(secrets=(SECRET, OLD_SECRET))
    clicks(told, "Anna")
    told.drain()
    for secret in (SECRET, OLD_SECRET):
        assert receiver.believes(secret, NOON, monkeypatch)[0]["type"] == "message.clicked"
    told.settings(secrets=(OLD_SECRET,))
    clicks(told, "Borys")
    told.drain()
    assert len(receiver.heads[1]["webhook-signature"].split()) == 1


def test_two_machines_tell_each_message_once(told: Told, receiver: Receiver) -> None:
    clicks(told, "Anna", times=10)
    other = Notifier(told, "two")
    mine = claim(told.store, told.whose, "one", NOON)
    assert (len(mine), other.drain(told.whose)) == (10, 0)
    assert not is_due(told.whose, NOON)


def test_whoever_died_with_a_claim_is_followed_by_another_and_writes_nothing_more(
    told: Told, receiver: Receiver
) -> None:
    clicks(told, "Anna")
    dead = claim(told.store, told.whose, "dead", NOON)
    told.clock.at += lease_of(told.endpoint) - 1
    assert told.drain() == 0
    told.clock.at += 1
    assert told.drain() == 1
    settle(told.store, told.whose, "dead", [(dead[0], None)], told.clock.at)
    assert (Notice.get().state, Notice.get().attempts) == ("delivered", 2)


def test_the_doctor_says_how_each_endpoint_fares(told: Told, receiver: Receiver) -> None:
    def said() -> list[tuple[str, str]]:
        return [(found.level, found.said) for found in endpoints(told.shop.shop, told.config)]

    assert said() == [("ok", "crm of optyk was never told anything")]
    clicks(told, "Anna")
    receiver.manners.append(answer(500))
    told.drain()
    assert said() == [("warning", "crm of optyk has taken nothing since 2026-03-01 11:00 UTC: HTTP 500")]
    told.drain(minutes=1)
    assert said() == [("ok", "crm of optyk took the last at 2026-03-01 11:01 UTC")]
