"""The way to the relay: encrypted wherever it leaves this machine, to the machine that is meant, with our password."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import ssl
from functools import lru_cache

from aiosmtplib import SMTP, SMTPAuthenticationError, SMTPException

from engine.config import Relay
from engine.delivery.exchange import hand_over as hand_over  # it belongs to whoever has connected
from engine.errors import RelayError

HOSTNAME = re.compile(r"[A-Za-z0-9.-]{1,200}")

NAMES_DIFFER = (62, 64)  # OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH
ANOTHER_NAME = "write the name that it is made out to as relay.host"
# From Python 3.13 on a certificate must also be one that RFC 5280 allows: those of old authorities often are not.
ANOTHER_CERTIFICATE = (
    "an authority of your own goes into relay.ca_file; else the relay needs another certificate"
)


async def connect(relay: Relay, host: str, port: int) -> SMTP:
    """Opens a connection, encrypted unless it stays on this machine, and logs in where the relay wants it.

    Raises RelayError where the way is not safe or we are not let in, OSError or SMTPException where nobody answers.
    """
    here, where = is_loopback(host), f"{host}:{port}"
    _demand_encryption(relay, here)
    client = SMTP(
        hostname=host, port=port, use_tls=relay.tls == "implicit", start_tls=False, timeout=relay.timeout_seconds,
        tls_context=_tls_context(relay.ca_file), local_hostname=_own_name(),
    )  # fmt: skip
    try:
        await client.connect()
        await client.ehlo()
        if relay.tls == "starttls":
            await _start_tls(client, where, here)
        if relay.username:
            await _log_in(client, relay.username, relay.password or "", where)
    except (SMTPException, OSError) as error:
        _drop(client)
        told = _told(error, where, here)
        if told is None:
            raise
        raise told from error
    except BaseException:
        _drop(client)
        raise
    return client


def _drop(client: SMTP) -> None:
    """Ends a connection at once; aiosmtplib would wait for the other side to end the encryption first."""
    transport = client.transport
    client.close()
    if isinstance(transport, asyncio.Transport):
        transport.abort()


def _demand_encryption(relay: Relay, here: bool) -> None:
    if relay.tls == "none" and not here:
        raise RelayError(
            "relay.tls: mail leaves this machine unencrypted", remedy="write starttls or implicit"
        )
    if relay.tls == "none" and relay.username:
        raise RelayError(
            "relay.username: a password goes only over an encrypted connection",
            remedy="write tls: starttls or tls: implicit",
        )


async def _start_tls(client: SMTP, where: str, here: bool) -> None:
    if client.supports_extension("starttls"):
        await client.starttls()
        await client.ehlo()
    elif not here:
        raise RelayError(
            f"{where} offers no STARTTLS, so nothing is sent: either the relay has none, or something on the way hides it",
            remedy="try tls: implicit with port 465, and ask who runs the relay and the firewalls between",
        )


async def _log_in(client: SMTP, username: str, password: str, where: str) -> None:
    """Sends the password over TLS alone, by the two ways that RFC 4616 and every relay know."""
    if client.get_transport_info("sslcontext") is None:
        raise RelayError(
            f"{where} offers no STARTTLS, and a password goes only over an encrypted connection",
            remedy="have the relay offer it, or let it take this machine without a password",
        )
    offered = client.supported_auth_methods
    if "plain" in offered:
        await client.auth_plain(username, password)
    elif "login" in offered:
        await client.auth_login(username, password)
    else:
        ways = ", ".join(offered).upper() or "no way to log in"
        raise RelayError(
            f"{where} offers {ways}; Regulars knows AUTH PLAIN and LOGIN",
            remedy="have the relay offer one of them, or leave relay.username out",
        )


def _told(error: Exception, where: str, here: bool) -> RelayError | None:
    """Says in the operator's words what a connection came to grief over, where they can do something about it."""
    cause = error.__cause__ if isinstance(error, SMTPException) and error.__cause__ else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        local = ", or tls: none, for it is this machine" if here else ""
        remedy = ANOTHER_NAME if cause.verify_code in NAMES_DIFFER else ANOTHER_CERTIFICATE
        return RelayError(
            f"the certificate of {where} is not to be trusted: {cause.verify_message}", remedy=remedy + local
        )
    if isinstance(cause, ssl.SSLError):
        return RelayError(
            f"{where} does not speak TLS as expected: {cause.reason or cause}",
            remedy="port 465 goes with tls: implicit, ports 25 and 587 with tls: starttls",
        )
    if isinstance(error, SMTPAuthenticationError):
        return RelayError(
            f"{where} does not let us in: {error.code} {error.message}",
            remedy="see to relay.username and relay.password",
        )
    return None


@lru_cache(maxsize=4)
def _tls_context(ca_file: str | None) -> ssl.SSLContext:
    """Reads the certificates of authorities once: that takes longer than several mails."""
    try:
        context = ssl.create_default_context()
        if ca_file:
            context.load_verify_locations(ca_file)
    except (OSError, ssl.SSLError) as error:
        raise RelayError(
            f"relay.ca_file: {ca_file}: {error}", remedy="name a file of PEM certificates"
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


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
