"""A shop whose mails have left, each from a return path of its own, and what mail servers send back to it."""

from __future__ import annotations

from typing import Any

from engine.clock import DAY, MINUTE
from engine.config import Config
from engine.delivery.verp import return_path
from engine.feedback.mails import read_mail
from engine.feedback.take import take
from engine.store import Store
from models import Address, ConsentChange, Customer, Feedback, FeedbackCount, Message, Suppression
from tests.outbox.shop import NOON, Optician, config

KEY = b"the key of the home, thirty-two b"
BOUNCES = "bounces@optyk.example"
SENDER = {"name": "Optyk Zielińska", "address": "sklep@optyk.example", "bounces": BOUNCES}
SHOPS = [{
    "shop": "optyk", "name": "Optyk Zielińska", "postal": "Optyk Zielińska, ul. Szeroka 14, Kraków", "sender": SENDER,
    "website": "https://optyk.example",
}]  # fmt: skip


def shop_with(**changed: Any) -> Config:
    """The optician's config, with a mailbox for what comes back."""
    return config(shops=SHOPS, **changed)


class Post:
    """Sends mails, as far as the store is concerned, and takes what comes back."""

    def __init__(self, store: Store, settings: Config | None = None) -> None:
        store.secret = KEY
        self.store, self.config, self.now = store, settings or shop_with(), NOON
        self.optician = Optician(store)

    def mail_to(self, name: str, purpose: str = "marketing", state: str = "sent", **changed: Any) -> Message:
        """A mail that was handed over just now, to a customer who is made where there is none of that name."""
        key = name.lower()
        anna = Customer.get_or_none(Customer.external_id == key) or self.optician.customer(name)
        (number,) = self.optician.queue(self.optician.draft(anna, purpose=purpose, **changed))
        drawn = Message.get_by_id(number).message_id
        gone = {
            "state": state,
            "sending_at": self.now,
            "settled_at": self.now,
            "message_id": f"<{drawn}@optyk.example>",
        }
        Message.update(gone).where(Message.id == number).execute()
        return self.again(number)

    def again(self, message: Message | int) -> Message:
        """The row as it is now."""
        return Message.get_by_id(message if isinstance(message, int) else message.id)

    def path(self, message: Message) -> str:
        """The return path of a mail."""
        return return_path(BOUNCES, KEY, message.id)

    def comes_back(self, raw: bytes, source: str = "dsn", to: str | None = None) -> str:
        """Takes one mail of a mail server, a minute later; returns the word by which it was counted."""
        self.now += MINUTE
        return take(self.store, self.config, read_mail(raw, to), source, self.now)

    def days_pass(self, days: int) -> None:
        self.now += days * DAY

    def address_of(self, name: str) -> Address:
        return Address.get(Address.email == f"{name.lower()}@example.com")

    def suppressed_for(self, name: str) -> str | None:
        row = self.address_of(name)
        return row.suppressed_reason if row.suppressed_at is not None else None

    def story(self, name: str) -> list[tuple[str, str]]:
        mine = Suppression.address == self.address_of(name).id
        return [(row.act, row.reason) for row in Suppression.select().where(mine).order_by(Suppression.id)]

    def consents(self, name: str) -> dict[str, bool]:
        """The last word on each purpose."""
        rows = ConsentChange.select().join(Customer).where(Customer.external_id == name.lower())
        return {row.purpose: row.granted for row in rows.order_by(ConsentChange.at, ConsentChange.id)}


def counts() -> dict[tuple[str, str], int]:
    """How often each way brought each thing."""
    return {(row.source, row.what): row.number for row in FeedbackCount.select()}


def kept() -> list[tuple[str, str | None, str]]:
    """What is kept of what came back: kind, code, way."""
    return [(row.kind, row.status, row.source) for row in Feedback.select().order_by(Feedback.id)]
