"""Sends a probe: one mail like our marketing mails, to a mailbox of whoever wants to see how it arrives."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

from engine.config import Config, ShopConfig
from engine.delivery.context import links
from engine.delivery.headers import domain_as_ascii
from engine.delivery.mime import Envelope, mail_bytes
from engine.delivery.pool import PORT_FILE
from engine.delivery.render import Rendered
from engine.delivery.smtp import connect, hand_over
from engine.errors import StoreError, UsageError

SUBJECT = "A probe of Regulars"
TEXT = """This mail was sent by: server.py doctor --send-probe

Save it as it arrived, with all its headers ("Show original", "View source"), and have it judged:

    server.py doctor --probe FILE
"""


def send_probe(config: Config, home: Path, shop: ShopConfig, to: str, now: int) -> str:
    """Hands one probe to the relay, or to the catcher; returns its words, raises StoreError where it is not taken."""
    if "@" not in to:
        raise UsageError(f"{to!r} is no address", remedy="name a mailbox of yours at a large provider")
    return asyncio.run(_send(config, home, shop, to, now))


async def _send(config: Config, home: Path, shop: ShopConfig, to: str, now: int) -> str:
    host, port = config.relay.host or "127.0.0.1", config.relay.port
    if config.relay.host is None:
        port = _catcher(home)
    client = await connect(config.relay, host, port)
    try:
        sender = return_path(shop)
        raw = probe_bytes(config, shop, to, now)
        answer = await hand_over(client, sender, domain_as_ascii(to), raw, config.relay.data_timeout_seconds)
    finally:
        client.close()
    if answer.outcome != "sent":
        raise StoreError(
            f"the relay did not take the probe: {answer.reply}", remedy="server.py doctor says more of it"
        )
    return answer.reply


def return_path(shop: ShopConfig) -> str:
    """Returns an address below which a shop's mails come back: as theirs, but nobody's own."""
    if shop.sender.bounces is None:
        return domain_as_ascii(shop.sender.address)
    local, _, domain = shop.sender.bounces.rpartition("@")
    return domain_as_ascii(f"{local.replace('*', 'probe') if '*' in local else f'{local}+probe'}@{domain}")


def _catcher(home: Path) -> int:
    file = home / PORT_FILE
    if not file.exists():
        raise StoreError(
            "no relay is configured, and no catcher runs in this home", remedy="name one in config.yaml"
        )
    return int(file.read_text("ascii"))


def probe_bytes(config: Config, shop: ShopConfig, to: str, now: int) -> bytes:
    """Makes a mail with every header of a marketing mail; its unsubscribe link belongs to nobody."""
    domain = domain_as_ascii(shop.sender.address).rpartition("@")[2]
    token = secrets.token_urlsafe(16)
    envelope = Envelope(
        sender_name=shop.sender.name, sender=shop.sender.address, reply_to=shop.sender.reply_to, to_name=None, to=to,
        message_id=f"<{secrets.token_hex(8)}.probe@{domain}>", at=now,
        unsubscribe=links(config.public_url, token)["unsubscribe"], list_name=f"probe.{shop.shop}",
        feedback_id=f"probe:marketing:{shop.shop}",
    )  # fmt: skip
    return mail_bytes(envelope, Rendered(SUBJECT, f"<pre>{TEXT}</pre>", TEXT, "en"))
