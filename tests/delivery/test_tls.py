"""The way to the relay: encrypted, to the machine that is meant, and where it is not so the mail stays in the queue."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as SMTPServer
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from engine.config import Relay as Settings
from engine.delivery.exchange import Answer, Letter
from engine.delivery.pool import Pool
from engine.delivery.sender import Sender
from engine.delivery.smtp import connect
from engine.delivery.templates import Templates
from engine.errors import RelayError
from tests.delivery.certificates import Authority
from tests.delivery.mails import SHIPPED
from tests.delivery.test_sender import Standing
from tests.outbox.shop import Optician, config, states
from tests.postgresql import free_port
from tests.promise.manners.relay import Manner, Relay, Says

HERE, ELSEWHERE = "127.0.0.1", "127.1"  # the same machine, the second written so that nobody recognises it
OFFERING_TLS = Manner(offers=("PIPELINING", "STARTTLS"))
PASSWORD = "a password of the tests"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Somebody whom the operator trusts."""
    return Authority(tmp_path_factory.mktemp("authority"))


def _settings(port: int, authority: Authority | None, host: str = HERE, **more: Any) -> Settings:
    trusted = {"ca_file": str(authority.file)} if authority else {}
    return Settings(host=host, port=port, timeout_seconds=5, **trusted, **more)


def _carried(settings: Settings, count: int = 3) -> list[Answer]:
    pool = Pool(settings)
    letters = [
        Letter(n, "shop@example.com", f"anna{n}@example.com", f"Message-ID: <{n}>\r\n\r\nHi\r\n".encode())
        for n in range(count)
    ]
    try:
        assert pool.ready() is None
        answers = pool.carry(letters)
    finally:
        pool.close()
    return [answers[n] for n in range(count)]


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_mail_goes_encrypted_and_several_commands_at_once(authority: Authority, tls: str) -> None:
    with Relay(OFFERING_TLS, authority.relay(HERE), from_start=tls == "implicit") as relay:
        answers = _carried(_settings(relay.port, authority, tls=tls))
    assert [answer.outcome for answer in answers] == ["sent"] * 3
    assert [each.to for each in relay.taken] == [f"anna{n}@example.com" for n in range(3)]
    assert (b"STARTTLS\r\n" in relay.heard) == (tls == "starttls")


def test_what_was_offered_before_the_encryption_counts_for_nothing(authority: Authority) -> None:
    def ehlo(talk: Any) -> Says:
        talk.relay.seen["ehlo"] += 1
        offers = b"PIPELINING\r\n250-STARTTLS" if talk.relay.seen["ehlo"] == 1 else b"8BITMIME"
        return Says(b"250-relay\r\n250-" + offers + b"\r\n250 HELP\r\n")

    manner = Manner({"ehlo": ehlo, "mail": Says(pause=0.05), "rcpt": Says(pause=0.05)})
    with Relay(manner, authority.relay(HERE)) as relay:
        settings = _settings(relay.port, authority, tls="starttls")

        async def offered() -> bool:
            client = await connect(settings, HERE, relay.port)
            try:
                return client.supports_extension("pipelining")
            finally:
                await client.quit()

        assert asyncio.run(offered()) is False


@contextmanager
def _sender(optician: Optician, **relay: Any) -> Iterator[Sender]:
    settings = config(relay={"timeout_seconds": 5, **relay})
    pool = Pool(settings.relay)
    try:
        yield Sender(optician.store, settings, Templates(SHIPPED), pool, Standing(), "w1")
    finally:
        pool.close()


@pytest.mark.parametrize(
    ("shown", "trusts", "says", "remedy"),
    [
        ("relay.example", True, "IP address mismatch", "made out to as relay.host"),
        (HERE, False, "self-signed certificate|unable to get local issuer", "relay.ca_file"),
        ("expired", True, "certificate has expired", "the relay needs another certificate"),
    ],
)
@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_certificate_that_does_not_hold_keeps_the_mail_in_the_queue(
    optician: Optician, authority: Authority, tls: str, shown: str, trusts: bool, says: str, remedy: str
) -> None:
    ends_in = timedelta(days=-1) if shown == "expired" else timedelta(days=1)
    context = authority.relay(HERE if shown == "expired" else shown, ends_in)
    optician.queue_for("Anna")
    trusted = {"ca_file": str(authority.file)} if trusts else {}
    with (
        Relay(OFFERING_TLS, context, from_start=tls == "implicit") as relay,
        _sender(optician, host=HERE, port=relay.port, tls=tls, **trusted) as sender,
    ):
        away = sender.send_due().relay_away
    assert away
    assert any(word in away for word in says.split("|"))
    assert remedy in away
    assert (states(), relay.taken) == (["queued"], [])
    assert not [line for line in relay.heard if line.startswith(b"MAIL")]


def test_a_relay_whose_starttls_is_hidden_gets_no_mail_and_the_operator_is_told_what_to_do(
    optician: Optician,
) -> None:
    optician.queue_for("Anna")
    with (
        Relay(Manner(offers=("PIPELINING",))) as relay,
        _sender(optician, host=ELSEWHERE, port=relay.port, tls="starttls") as sender,
    ):
        away = sender.send_due().relay_away
    assert away
    assert "offers no STARTTLS" in away
    assert "tls: implicit" in away
    assert (states(), relay.taken) == (["queued"], [])
    assert not [line for line in relay.heard if line.startswith(b"MAIL")]


def test_no_password_goes_over_an_open_line() -> None:
    with Relay(Manner(offers=("AUTH PLAIN LOGIN",))) as relay:
        settings = _settings(relay.port, None, tls="starttls", username="shop", password=PASSWORD)
        with pytest.raises(RelayError, match="password goes only over an encrypted"):
            asyncio.run(connect(settings, HERE, relay.port))
        with pytest.raises(RelayError, match="password goes only over an encrypted"):
            asyncio.run(connect(settings.model_copy(update={"tls": "none"}), HERE, relay.port))
    assert not [line for line in relay.heard if line.startswith(b"AUTH")]


class Office:
    """A relay that wants a password and notes what it takes."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    async def handle_DATA(self, server: SMTPServer, session: Session, envelope: Envelope) -> str:
        self.taken += envelope.rcpt_tos
        return "250 OK"


@contextmanager
def _office(context: ssl.SSLContext, *without: str) -> Iterator[tuple[Office, int]]:
    office, port = Office(), free_port()

    def known(server: Any, session: Any, envelope: Any, mechanism: str, said: Any) -> AuthResult:
        right = isinstance(said, LoginPassword) and said.password == PASSWORD.encode()
        return AuthResult(success=right, handled=False)

    controller = Controller(
        office, hostname=HERE, port=port, tls_context=context, require_starttls=True, auth_required=True,
        authenticator=known, auth_exclude_mechanism=without,
    )  # fmt: skip
    controller.start()
    try:
        yield office, port
    finally:
        controller.stop()


@pytest.mark.parametrize("without", ["LOGIN", "PLAIN"])
def test_a_relay_that_wants_a_password_gets_it_by_plain_or_login(authority: Authority, without: str) -> None:
    with _office(authority.relay(HERE), without) as (office, port):
        settings = _settings(port, authority, tls="starttls", username="shop", password=PASSWORD)
        assert [answer.outcome for answer in _carried(settings)] == ["sent"] * 3
    assert len(office.taken) == 3


def test_a_wrong_password_keeps_the_mail_in_the_queue_and_is_never_shown(
    optician: Optician, authority: Authority
) -> None:
    optician.queue_for("Anna")
    wrong = {"username": "shop", "password": "not this one", "ca_file": str(authority.file)}
    with (
        _office(authority.relay(HERE)) as (office, port),
        _sender(optician, host=HERE, port=port, tls="starttls", **wrong) as sender,
    ):
        away = sender.send_due().relay_away
    assert away
    assert "does not let us in: 535" in away
    assert "not this one" not in away
    assert (states(), office.taken) == (["queued"], [])


def test_authorities_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    settings = Settings(host=HERE, port=1, ca_file=str(tmp_path / "none.pem"))
    with pytest.raises(RelayError, match=r"relay.ca_file.*none.pem"):
        asyncio.run(connect(settings, HERE, 1))
