"""Each thing that relays do, and what may be said of the mail afterwards."""

from __future__ import annotations

import asyncio

import pytest

from engine.config import Relay
from engine.delivery.exchange import Answer, hand_over
from engine.delivery.smtp import connect, is_loopback
from engine.errors import ConfigError, RelayError
from engine.outbox.settle import refusal
from tests.delivery.sink import DROP, SILENT, Sink

RAW = b"Subject: S\r\n\r\n.a dot\r\n.\r\n..\r\nbody\r\n"
RELAY = Relay(host="127.0.0.1", tls="starttls", timeout_seconds=5)


def _hand_over(sink: Sink, data_timeout: float = 5, timeout: float = 5) -> Answer:
    async def step() -> Answer:
        client = await connect(RELAY, "127.0.0.1", sink.port)
        client.timeout = timeout
        try:
            return await hand_over(client, "shop@example.com", "anna@example.com", RAW, data_timeout)
        finally:
            client.close()

    return asyncio.run(step())


@pytest.mark.parametrize(
    ("manner", "outcome", "reason"),
    [
        ({}, "sent", None),
        ({"after": DROP}, "sent", None),
        ({"end": "251 ok, forwarded"}, "sent", None),
        ({"mail": "451 later"}, "deferred", None),
        ({"mail": "550 5.7.1 not you"}, "deferred", None),
        ({"mail": DROP}, "deferred", None),
        ({"rcpt": "450 greylisted"}, "deferred", None),
        ({"rcpt": "550 5.1.1 no such user"}, "refused", "hard_bounce"),
        ({"rcpt": "550 5.1.10 no mail there"}, "refused", "hard_bounce"),
        ({"rcpt": "550 5.7.1 reputation"}, "refused", "refused_by_policy"),
        ({"rcpt": "garbage"}, "deferred", None),
        ({"rcpt": DROP}, "deferred", None),
        ({"data": "451 not now"}, "deferred", None),
        ({"data": "554 never"}, "refused", "refused_by_relay"),
        ({"data": DROP}, "deferred", None),
        ({"data": "garbage"}, "deferred", None),
        ({"data": "250 what"}, "deferred", None),
        ({"body": DROP}, "unknown", None),
        ({"end": DROP}, "unknown", None),
        ({"end": "garbage"}, "unknown", None),
        ({"end": "354 what"}, "unknown", None),
        ({"end": "421 closing"}, "deferred", None),
        ({"end": "451 disk full"}, "deferred", None),
        ({"end": "554 5.7.1 spam"}, "refused", "refused_by_policy"),
        ({"end": "550-5.2.2 mailbox\r\n550 5.2.2 full [10.5.1.1]"}, "refused", "refused_by_relay"),
    ],
    ids=str,
)
def test_only_a_reply_to_the_end_of_the_data_settles_a_mail(
    manner: dict[str, str], outcome: str, reason: str | None
) -> None:
    with Sink(**manner) as sink:
        answer = _hand_over(sink)
        assert (answer.outcome, answer.reason) == (outcome, None)
        assert (refusal(answer.reply) if outcome == "refused" else None) == reason
        assert answer.reply
        if outcome in ("deferred", "refused"):
            assert sink.accepted == []


def test_silence_before_the_data_is_no_doubt_about_the_mail() -> None:
    with Sink(data=SILENT) as sink:
        assert _hand_over(sink, timeout=0.2).outcome == "deferred"


def test_silence_after_the_end_of_the_data_is_unknown() -> None:
    with Sink(end=SILENT) as sink:
        assert _hand_over(sink, data_timeout=0.2).outcome == "unknown"


def test_the_relays_words_are_kept_because_they_name_its_queue_entry() -> None:
    with Sink(end="250 ok queued as 4F1A") as sink:
        assert _hand_over(sink).reply == "250 ok queued as 4F1A"


def test_a_line_that_begins_with_a_dot_arrives_as_it_was() -> None:
    with Sink() as sink:
        _hand_over(sink)
        assert sink.accepted == [RAW]


def test_after_a_refused_recipient_the_same_connection_carries_the_next_mail() -> None:
    async def two(port: int) -> list[Answer]:
        client = await connect(RELAY, "127.0.0.1", port)
        first = await hand_over(client, "shop@example.com", "nobody@example.com", RAW, 5)
        sink.script.clear()
        second = await hand_over(client, "shop@example.com", "anna@example.com", RAW, 5)
        client.close()
        return [first, second]

    with Sink(rcpt="550 5.1.1 no such user") as sink:
        first, second = asyncio.run(two(sink.port))
        assert (first.outcome, first.usable, second.outcome) == ("refused", True, "sent")
        assert sink.connections == 1


def test_mail_for_another_machine_is_not_sent_unencrypted() -> None:
    with pytest.raises(ConfigError, match="unencrypted"):
        asyncio.run(connect(Relay(host="192.0.2.1", tls="none"), "192.0.2.1", 25))


def test_a_relay_elsewhere_that_offers_no_encryption_is_not_talked_to() -> None:
    elsewhere = "127.1"  # this machine, written so that nobody recognises it
    with Sink() as sink, pytest.raises(RelayError, match=r"no STARTTLS.*tls: implicit"):
        asyncio.run(connect(RELAY, elsewhere, sink.port))


def test_a_relay_on_this_machine_without_encryption_that_must_be_implicit_is_not_talked_to() -> None:
    async def open_it(port: int) -> None:
        await connect(Relay(host="127.0.0.1", tls="implicit", timeout_seconds=5), "127.0.0.1", port)

    with Sink() as sink, pytest.raises(RelayError, match="port 465 goes with tls: implicit"):
        asyncio.run(open_it(sink.port))


@pytest.mark.parametrize(
    ("host", "here"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("relay.example", False), ("10.0.0.1", False)],
)
def test_this_machine_is_known_by_name_or_address(host: str, here: bool) -> None:
    assert is_loopback(host) is here
