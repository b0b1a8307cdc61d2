"""The relay: can it be reached, is the way encrypted, and what does it offer?"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Sequence
from typing import Any

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from engine.clock import DAY, SECOND
from engine.config import Config, Relay
from engine.delivery.smtp import connect, is_loopback
from engine.doctor.finding import Finding, ok
from engine.doctor.sent import return_path
from engine.errors import ConfigError

OFFERS = {  # and what it costs where a relay lacks it
    "PIPELINING": "sending is slower",
    "SIZE": "a mail that is too large is refused only after it was sent",
    "8BITMIME": "mails stay in 7 bits, as ours are",
    "SMTPUTF8": "addresses with letters beyond ASCII before the @ cannot be written to",
}
ENDING = 14  # days before its end at which a certificate is worth a word
LARGEST_MAIL = 1_000_000  # bytes


def relay(config: Config, now: int) -> Iterator[Finding]:
    """Says hello to the relay without sending a mail; `now` is the machine's own, not a stepped clock's."""
    if config.relay.host is None:
        local = "127.0.0.1" in config.public_url or "localhost" in config.public_url
        said = "no relay is configured: every mail ends in the catcher, /mailbox"
        yield Finding(
            "note" if local else "warning", "relay", said, "name one in config.yaml: relay: {host: …}"
        )
        return
    try:
        senders = sorted({return_path(shop) for shop in config.shops})
        yield from asyncio.run(_hello(config.relay, config.relay.host, now, senders))
    except (OSError, SMTPException, ConfigError, ValueError) as error:
        where = f"{config.relay.host}:{config.relay.port}"
        yield Finding("problem", "relay", f"{where} does not take us: {_words(error)}", _remedy(error))


async def _hello(relay: Relay, host: str, now: int, senders: Sequence[str]) -> list[Finding]:
    client = await connect(relay, host, relay.port)
    try:
        secure = client.get_transport_info("ssl_object")
        offered = {name.upper(): client.supports_extension(name.lower()) for name in OFFERS}
        size = client.esmtp_extensions.get("size", "")
        refused = [each for sender in senders if (each := await _refused(client, sender))]
        await client.quit()
    finally:
        client.close()
    found = [_way(host, secure, now), _offers(offered), *refused]
    if not refused:
        found.append(ok("relay", f"it takes mail from {', '.join(senders)}"))
    if size.isdigit() and 0 < int(size) < LARGEST_MAIL:
        found.append(
            Finding(
                "warning",
                "relay",
                f"it takes mails of {size} bytes at most",
                "raise its limit to some megabytes",
            )
        )
    if relay.username is None and not is_loopback(host):
        found.append(
            Finding("note", "relay", "it takes us without a password", "see that it takes nobody else")
        )
    return found


async def _refused(client: SMTP, sender: str) -> Finding | None:
    """Asks whether the relay takes mail from an address, and takes the question back: no mail is sent."""
    try:
        await client.mail(sender)
        await client.rset()
    except SMTPResponseException as error:
        said = f"it takes no mail from {sender}: {error.code} {_words(error)}"
        return Finding(
            "problem",
            "relay",
            said,
            "let it send for this address, or name another in shops: sender: (address:, or bounces:)",
        )
    return None


def _way(host: str, secure: Any, now: int) -> Finding:
    if secure is None:
        return Finding("note", "relay", f"{host} is this machine: the way is not encrypted and need not be")
    certificate = secure.getpeercert()
    days = (ssl.cert_time_to_seconds(certificate["notAfter"]) * SECOND - now) // DAY
    if days < ENDING:
        return Finding(
            "warning", "relay", f"the certificate of {host} ends in {days} days", "have it renewed"
        )
    return ok("relay", f"{host} is reached over {secure.version()}, its certificate holds for {days} days")


def _offers(offered: dict[str, bool]) -> Finding:
    there = [name for name, offers in offered.items() if offers]
    lacking = [name for name, offers in offered.items() if not offers]
    said = f"it offers {', '.join(there) or 'nothing of use'}"
    if not lacking:
        return ok("relay", said)
    said += f", not {', '.join(lacking)}: {'; '.join(OFFERS[name] for name in lacking)}"
    return Finding("note", "relay", said, "switch them on at the relay, or take one that has them")


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _remedy(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return "see that its certificate is valid for that name; relay.tls may have to be implicit (465) or starttls (587)"
    if isinstance(error, ConfigError):
        return "mend config.yaml"
    return "see that host, port, user and password are right, and that no firewall is between"
