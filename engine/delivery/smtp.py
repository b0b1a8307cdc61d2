"""Handing one mail to the relay, step by step, so that what is certain and what is not stay apart.

Only the relay's reply to the end of the data settles a mail. Before the data began nothing was sent; after it began
everything but a proper reply is `unknown`.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
from dataclasses import dataclass
from functools import lru_cache

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponse,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
    SMTPStatus,
)

from engine.config import Relay
from engine.errors import ConfigError
from engine.failpoint import failpoint
from engine.outbox.settle import Outcome

CLOSING = 421
HARD = re.compile(r"5\.1\.(?:1|2|10)\b")  # no such mailbox, no such domain, a domain that takes no mail
HOSTNAME = re.compile(r"[A-Za-z0-9.-]{1,200}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one mail, and whether the connection can carry another."""

    outcome: Outcome
    reply: str
    usable: bool
    reason: str | None = None
    lost: bool = False  # the connection broke before the data began


async def connect(relay: Relay, host: str, port: int) -> SMTP:
    """Opens a connection, encrypted unless it stays on this machine; raises OSError, SMTPException or ConfigError."""
    here = is_loopback(host)
    if relay.tls == "none" and not here:
        raise ConfigError(
            "relay.tls: mail leaves this machine unencrypted", remedy="write starttls or implicit"
        )
    client = SMTP(
        hostname=host, port=port, use_tls=relay.tls == "implicit", start_tls=False, timeout=relay.timeout_seconds,
        tls_context=_tls_context(), local_hostname=_own_name(),
    )  # fmt: skip
    await client.connect()
    try:
        await client.ehlo()
        if relay.tls == "starttls" and (client.supports_extension("starttls") or not here):
            await client.starttls()
            await client.ehlo()
        if relay.username:
            await client.login(relay.username, relay.password or "")
    except BaseException:
        client.close()
        raise
    return client


@lru_cache(maxsize=1)
def _tls_context() -> ssl.SSLContext:
    """Reads the machine's certificates once: that takes longer than several mails."""
    return ssl.create_default_context()


def is_loopback(host: str) -> bool:
    """Says whether a host is this machine, by its name or address alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _own_name() -> str:
    name = socket.gethostname()
    return name if HOSTNAME.fullmatch(name) else "localhost"


async def hand_over(client: SMTP, sender: str, to: str, raw: bytes, data_timeout: float) -> Answer:
    """Sends one mail and says what is known of it; never raises for what a relay does.

    The body is written by us, not by aiosmtplib's data(), because that hides whether a connection broke before or after
    the first byte: an offer that was surely not sent may be tried again.
    """
    stopped = await _envelope(client, sender, to) or await _begin_data(client)
    if stopped:
        return stopped
    failpoint("smtp.data")
    try:
        response = await _body(client, raw, data_timeout)
    except (SMTPException, OSError, ValueError) as error:
        client.close()
        return Answer("unknown", _words(error), usable=False)
    failpoint("smtp.answered")
    return _after_data(response.code, response.message)


async def _begin_data(client: SMTP) -> Answer | None:
    """Asks to send the body; until the relay says so, nothing was sent."""
    failpoint("smtp.envelope")
    try:
        response = await client.execute_command(b"DATA")
    except (SMTPException, OSError, ValueError) as error:
        client.close()
        return Answer("deferred", _words(error), usable=False, lost=True)
    if response.code == SMTPStatus.start_input:
        return None
    answer = _after_data(response.code, response.message)
    if answer.outcome in (
        "sent",
        "unknown",
    ):  # it said yes to nothing: what it means cannot be known, but not a byte left
        client.close()
        return Answer("deferred", answer.reply, usable=False)
    return answer


async def _body(client: SMTP, raw: bytes, timeout: float) -> SMTPResponse:
    """Writes a mail whose lines end in CRLF, dots doubled where RFC 5321 wants it, and waits for the last word."""
    protocol = client.protocol
    if protocol is None:
        raise SMTPServerDisconnected("the connection is gone")
    stuffed = raw.replace(b"\r\n.", b"\r\n..") if b"\r\n." in raw else raw
    protocol.write(
        (b"." if raw.startswith(b".") else b"")
        + stuffed
        + (b".\r\n" if raw.endswith(b"\r\n") else b"\r\n.\r\n")
    )
    failpoint("smtp.body")
    return await protocol.read_response(timeout=timeout)


def _after_data(code: int, message: str) -> Answer:
    """Reads a reply to DATA or to its end: the only definite one."""
    reply, usable = f"{code} {message}", code != CLOSING
    if 200 <= code < 300:
        return Answer("sent", reply, usable)
    if 400 <= code < 500:
        return Answer("deferred", reply, usable)
    if 500 <= code < 600:
        return Answer("refused", reply, usable, _reason(message))
    return Answer("unknown", reply, usable=False)


async def _envelope(client: SMTP, sender: str, to: str) -> Answer | None:
    """Names sender and recipient; whatever goes wrong here, nothing was sent."""
    try:
        await client.mail(sender)
        await client.rcpt(to)
    except SMTPRecipientRefused as error:
        outcome: Outcome = "refused" if 500 <= error.code < 600 else "deferred"
        reply = f"{error.code} {error.message}"
        usable = error.code != CLOSING and await _reset(client)
        return Answer(outcome, reply, usable, _reason(error.message) if outcome == "refused" else None)
    except SMTPSenderRefused as error:
        # the relay will not have us as sender: our own set-up, so no customer's mail is given up for it
        return Answer(
            "deferred", f"{error.code} {error.message}", error.code != CLOSING and await _reset(client)
        )
    except (SMTPException, OSError, ValueError) as error:
        client.close()
        return Answer("deferred", _words(error), usable=False, lost=True)
    return None


async def _reset(client: SMTP) -> bool:
    try:
        await client.rset()
    except (SMTPException, OSError):
        client.close()
        return False
    return True


def _reason(message: str) -> str:
    return "hard_bounce" if HARD.search(message) else "refused_by_relay"


def _words(error: Exception) -> str:
    code = f"{error.code} " if isinstance(error, SMTPResponseException) else ""
    return f"{type(error).__name__}: {code}{error}"
