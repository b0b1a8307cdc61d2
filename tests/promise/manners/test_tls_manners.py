"""Encryption that fails, or that somebody hides: not a word of a mail goes in the clear, and all go when it is mended."""

from __future__ import annotations

import ssl
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from engine.clock import MINUTE
from models import Message
from tests.delivery.certificates import Authority
from tests.outbox.shop import Optician
from tests.promise.manners.known import line
from tests.promise.manners.office import Standing, ends, queue, see_it_through, sending
from tests.promise.manners.relay import Manner, Relay, Says

ELSEWHERE = "127.1"  # this machine, written so that nobody takes it for this machine
SAFE = ("PIPELINING", "STARTTLS")
Certificate = Callable[[Authority], ssl.SSLContext]
MANNERS: dict[str, tuple[Manner, Certificate]] = {
    "hides STARTTLS": (Manner(offers=("PIPELINING",)), lambda known: known.relay("127.0.0.1")),
    "refuses STARTTLS": (Manner({"starttls": line("454 4.7.0 not now")}, SAFE), lambda known: known.relay("127.0.0.1")),
    "hangs up in the handshake": (
        Manner({"starttls": Says(b"220 Go\r\n", then="close")}, SAFE), lambda known: known.relay("127.0.0.1")),
    "says rubbish in the handshake": (
        Manner({"starttls": Says(b"220 Go\r\n250 PIPELINING\r\n250 Ok\r\n", then="close")}, SAFE),
        lambda known: known.relay("127.0.0.1")),
    "is called something else": (Manner(offers=SAFE), lambda known: known.relay("relay.example")),
    "has let its certificate run out": (
        Manner(offers=SAFE), lambda known: known.relay("127.0.0.1", timedelta(days=-1))),
}  # fmt: skip


@pytest.mark.parametrize("name", MANNERS)
def test_with_a_relay_that(optician: Optician, name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    known = Authority(tmp_path_factory.mktemp("authority"))
    manner, certificate = MANNERS[name]
    queue(optician, 3)
    with (
        Relay(manner, certificate(known)) as relay,
        sending(optician, relay.port, host=ELSEWHERE, ca_file=str(known.file)) as sender,
    ):
        assert isinstance(sender.clock, Standing)
        for _ in range(6):
            sender.send_due()
            sender.clock.at += 10 * MINUTE
        assert not [
            heard for heard in relay.heard if heard[:4].upper() in (b"MAIL", b"RCPT", b"DATA", b"AUTH")
        ]
        assert {row.attempts for row in Message.select()} == {0}, (
            "nothing has begun, so nothing can be in doubt"
        )
        relay.manner, relay.tls = Manner(offers=SAFE), known.relay("127.1")
        see_it_through(sender, relay)
        assert ends(relay, "marketing") == ends(relay, "transactional") == Counter({("sent", 1): 3})
