"""One mail of a preview, sent to a colleague: it looks like the customer's, belongs to nobody and can do nothing."""

from __future__ import annotations

import secrets
from dataclasses import replace

from engine.config import ShopConfig
from engine.delivery.compose import full_message_id
from engine.delivery.exchange import Answer, Letter
from engine.delivery.headers import domain_as_ascii
from engine.delivery.mime import Envelope, mail_bytes
from engine.delivery.pool import Pool
from engine.delivery.render import Rendered

MARK = "[preview]"


def send_to_colleague(pool: Pool, shop: ShopConfig, rendered: Rendered, to: str, now: int) -> Answer:
    """Sends a rendered mail, marked in its subject, and returns what the relay said; nothing is written down.

    It has no header to unsubscribe by, and its links carry no token that stands for a customer. Raises ValueError
    where nobody can be reached at `to`.
    """
    name, address = shop.sender.name, shop.sender.address
    envelope = Envelope(
        sender_name=name, sender=address, reply_to=shop.sender.reply_to, to_name=None, to=to,
        message_id=full_message_id(f"preview.{secrets.token_hex(8)}", shop), at=now, unsubscribe=None,
        list_name=f"preview.{shop.shop}", feedback_id=f"preview:preview:{shop.shop}",
    )  # fmt: skip
    raw = mail_bytes(envelope, replace(rendered, subject=f"{MARK} {rendered.subject}"))
    away = pool.ready()
    if away:
        return Answer("deferred", away, usable=False)
    return pool.carry([Letter(0, domain_as_ascii(address), domain_as_ascii(to), raw)])[0]
