"""A small shop for the pages: Anna, Borys and Celina with a story each, written straight into the tables."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.clock import DAY, HOUR, MINUTE, Clock, instant
from engine.config import Config, read_config
from models import (
    Address,
    Caught,
    ConsentChange,
    Cursor,
    Customer,
    Decision,
    Line,
    Message,
    Order,
    Publication,
    RulebookVersion,
    RuleState,
    Shop,
)

NOW = instant(datetime(2026, 3, 12, 10, 0, tzinfo=ZoneInfo("Europe/Warsaw")))
RULES = """\
- rule: thank-you
  title: Thank you for the order
  purpose: transactional
  when: {ordered: any}
  send: plain
- rule: lens-refill
  title: Time for new contact lenses
  when: {bought: {category: optics/contact-lenses}, after: 80 days}
  unless: {bought: {same: category}}
  at: "10:00"
  send: plain
- rule: newsletter
  purpose: newsletter
  when: {every: "month on 5, 15, last at 10:00"}
  who: {country: PL}
  send: plain
"""


class Still(Clock):
    """A clock that stands, so that pages say the same in every run."""

    def now(self) -> int:
        """The twelfth of March, ten in the morning in Warsaw."""
        return NOW


def config(**more: Any) -> Config:
    """The configuration of one optician."""
    shop = {
        "shop": "optyk",
        "name": "Optyk Zielińska",
        "postal": "Optyk Zielińska, ul. Szeroka 14, Kraków",
        "sender": {"name": "Optyk", "address": "sklep@optyk.example"},
    }
    return read_config({"shops": [shop], **more})


class Shopful:
    """Writes a shop's rows; `words` replaces every free text, to see what hostile ones do."""

    def __init__(self, words: str = "") -> None:
        self.words = words
        self.shop = Shop.create(
            key="optyk",
            name="Optyk",
            timezone="Europe/Warsaw",
            currency="PLN",
            country="PL",
            language="pl",
        )
        Cursor.create(shop=self.shop, ticked_at=NOW)

    def said(self, usual: str) -> str:
        """The usual text, or the hostile one."""
        return self.words or usual

    def customer(self, name: str, key: str, **more: Any) -> Any:
        """Somebody with an address and a name."""
        address = more.pop("address", None) or Address.create(email=f"{key}@example.com", created_at=NOW)
        fields = {"first_name": self.said(name), "last_name": self.said("Nowak"), "city": self.said("Kraków")}
        then = NOW - 200 * DAY
        return Customer.create(
            shop=self.shop,
            external_id=key,
            address=address,
            email=more.pop("email", self.said(address.email)),
            zone="Europe/Warsaw",
            country="PL",
            signed_up_at=then,
            recorded_at=then,
            updated_at=then,
            tags=[self.said("b2c")],
            attributes={self.said("size"): self.said("M")},
            **{**fields, **more},
        )

    def order(self, customer: Any, key: str, at: int, *products: str) -> Any:
        """An order of some products at 64.95 each."""
        order = Order.create(
            shop=self.shop,
            customer=customer,
            external_id=key + self.words,
            at=at,
            recorded_at=at,
            updated_at=at,
            status="paid",
            currency="PLN",
            total_minor=6495 * len(products),
            reported_minor=6495 * len(products),
        )
        for number, product in enumerate(products):
            Line.create(
                shop=self.shop,
                order=order,
                customer=customer,
                product=f"P{number}",
                at=at,
                recorded_at=at,
                name=self.said(product),
                category=self.said("optics/contact-lenses"),
                price_minor=6495,
                quantity=1,
            )
        return order

    def consent(self, customer: Any, purpose: str, granted: bool = True, at: int = NOW - 100 * DAY) -> None:
        """A line of the ledger."""
        words = {"source": self.said("checkout"), "wording": self.said("I want to hear about offers")}
        ConsentChange.create(
            shop=self.shop,
            customer=customer,
            purpose=self.said(purpose),
            granted=granted,
            at=at,
            recorded_at=at,
            **words,
        )

    def message(
        self, customer: Any, rule: str, state: str = "sent", at: int = NOW - HOUR, **more: Any
    ) -> Any:
        """A mail of the outbox."""
        fields: dict[str, Any] = {
            "purpose": "marketing",
            "template": "plain",
            "title": self.said("Time for new lenses"),
            "note": self.said("Come back"),
            "subject": self.said("Anna, time for new lenses"),
            "anchors": [],
            "decided_at": at,
            "counted_at": at,
            "due_at": at,
            "expires_at": at + 7 * DAY,
            "not_before_at": at,
            "settled_at": at if state in ("sent", "refused", "cancelled") else None,
            "attempts": 1,
            "reply": self.said("250 taken") if state == "sent" else None,
        }
        return Message.create(
            shop=self.shop,
            customer=customer,
            address=customer.address_id or 1,
            rule=rule,
            state=state,
            message_id=f"<{secrets.token_hex(8)}@optyk.example>",
            token=secrets.token_urlsafe(16),
            **{**fields, **more},
        )

    def decision(
        self,
        customer: Any,
        rule: str,
        outcome: str,
        reason: str | None = None,
        at: int = NOW - HOUR,
        **more: Any,
    ) -> Any:
        """What was decided, and why."""
        anchor = more.pop("anchor", f"ordered:{secrets.token_hex(4)}")
        return Decision.create(
            shop=self.shop,
            customer=customer,
            rule=rule,
            anchor=anchor,
            anchor_at=at,
            due_at=at,
            at=at,
            outcome=outcome,
            reason=reason,
            **more,
        )

    def published(self, text: str, at: int, **more: Any) -> None:
        """One act of publishing."""
        digest = secrets.token_hex(32)
        RulebookVersion.create(digest=digest, text={"rules/all.yaml": text}, published_at=at)
        Publication.create(digest=digest, published_at=at, **more)

    def rules(self) -> None:
        """The published rulebook and how its rules fare."""
        self.published(RULES.replace("80 days", "70 days"), NOW - 90 * DAY)
        self.published(RULES, NOW, author="jolanta", note="Lenses last longer")
        for rule in ("thank-you", "lens-refill", "newsletter"):
            RuleState.create(shop=self.shop, rule=rule, digest="1", since_at=NOW - 90 * DAY)
        RuleState.create(
            shop=self.shop,
            rule="win-back",
            digest="2",
            since_at=NOW - 90 * DAY,
            health="broken",
            error=self.said("rules/win_back.yaml:7:3: unknown key 'wher'; did you mean 'who'?"),
        )

    def caught(self, to: str, subject: str, html: str = "<p>Hello</p>", text: str = "Hello") -> Any:
        """A mail in the catcher's box, made of two parts."""
        raw = (
            f"To: {to}\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: multipart/alternative; boundary=b\r\n\r\n"
            f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
            f"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n--b--\r\n"
        )
        return Caught.create(to=to, subject=subject, raw=raw.encode().decode("latin-1"), at=NOW - MINUTE)
