"""A claimed message becomes the mail that will leave: rendered, in bytes, with the identity that it keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.config import Config, ShopConfig
from engine.config_testing import plain
from engine.delivery.clicks import with_clicks
from engine.delivery.context import MailContext, contexts_of
from engine.delivery.coupons import issue_coupons
from engine.delivery.exchange import Letter
from engine.delivery.headers import domain_as_ascii
from engine.delivery.mime import Envelope, mail_bytes
from engine.delivery.render import render
from engine.delivery.templates import MissingIssue, Templates
from engine.delivery.verp import envelope_sender, words_for
from engine.errors import TemplateFault
from engine.outbox.begin import Prepared
from engine.store import Store
from models import Address, Message

Refused = tuple[int, str, str]  # a message's id, the reason, what is wrong


@dataclass(frozen=True, slots=True)
class Composed:
    """One mail, ready to go, and what is written down of it before it goes."""

    prepared: Prepared
    letter: Letter


def compose_all(
    store: Store, rows: Sequence[Message], config: Config, templates: Templates, key: bytes, now: int
) -> tuple[list[Composed], list[Refused]]:
    """Makes mails of claimed rows, and says which cannot be made; issues the coupons that they promise."""
    refused = issue_coupons(store, rows, key, now)
    lacking = {message for message, _, _ in refused}
    made, rows = [], [row for row in rows if row.id not in lacking]
    addresses = {
        row.id: row for row in Address.select().where(Address.id << {row.address_id for row in rows})
    }
    for row, context in zip(rows, contexts_of(rows, config, now), strict=True):
        try:
            made.append(compose(row, context, addresses[row.address_id], config, templates, now, key))
        except MissingIssue as fault:
            refused.append((row.id, "no_issue", str(fault)))
        except TemplateFault as fault:
            refused.append((row.id, "template_error", str(fault)))
        except ValueError as fault:
            refused.append((row.id, "no_address", str(fault)))
    return made, refused


def compose(
    row: Message, context: MailContext, address: Address, config: Config, templates: Templates, now: int,
    key: bytes = b"",
) -> Composed:  # fmt: skip
    """Renders and encodes one message; raises TemplateFault, or ValueError where it cannot be addressed."""
    shop = config.shop(context.shop)
    rendered = render(context, templates)
    extra: Any = row.extra or {}
    if key and extra.get("clicks"):
        rendered = with_clicks(rendered, row, config.public_url, key, now)
    message_id = full_message_id(row.message_id, shop)
    envelope = Envelope(
        sender_name=shop.sender.name, sender=shop.sender.address, reply_to=shop.sender.reply_to,
        to_name=_name(context.variables["customer"]), to=plain(address.email), message_id=message_id, at=now,
        unsubscribe=None if context.variables["transactional"] else context.variables["link"]["unsubscribe"],
        list_name=f"{row.purpose}.{shop.shop}", feedback_id=f"{row.rule}:{row.purpose}:{shop.shop}",
    )  # fmt: skip
    raw = words_for(config.feedback.webhooks, key, row.id) + mail_bytes(envelope, rendered)
    sender = envelope_sender(shop.sender.bounces, shop.sender.address, key, row.id)
    letter = Letter(row.id, domain_as_ascii(sender), domain_as_ascii(address.email), raw, row.domain_group)
    return Composed(Prepared(row.id, rendered.subject, message_id), letter)


def full_message_id(stored: str, shop: ShopConfig) -> str:
    """Completes what the outbox drew with the sender's domain; what has been sent before keeps the one it had."""
    if "@" in stored:
        return stored
    return f"<{stored}@{domain_as_ascii(shop.sender.address).rpartition('@')[2]}>"


def _name(customer: dict[str, Any]) -> str | None:
    """Returns the name for the address line, without what could not stand in a header."""
    said = " ".join(str(part) for part in (customer["first_name"], customer["last_name"]) if part)
    return " ".join("".join(letter if letter.isprintable() else " " for letter in said).split())[:100] or None
