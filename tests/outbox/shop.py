"""The optician of the tests: customers with consent, their orders, and mails decided for them."""

from __future__ import annotations

from typing import Any

from engine.clock import DAY, MINUTE
from engine.config import Config, read_config
from engine.outbox.draft import Draft
from engine.outbox.enqueue import enqueue
from engine.store import Store
from models import Address, ConsentChange, Customer, Line, Message, Order, Shop

NOON = 1_772_362_800_000_000  # 2026-03-01 12:00 in Warsaw


def config(**changed: Any) -> Config:
    """The optician's config."""
    return read_config({
        "shops": [{
            "shop": "optyk", "name": "Optyk Zielińska", "postal": "Optyk Zielińska, ul. Szeroka 14, Kraków",
            "sender": {"name": "Optyk Zielińska", "address": "sklep@optyk.example"},
            "website": "https://optyk.example",
        }],
        "public_url": "https://optyk.example",
        **changed,
    })  # fmt: skip


class Optician:
    """Writes rows as intake would, and enqueues mails as a tick would."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.shop = Shop.create(
            key="optyk", name="Optyk", timezone="Europe/Warsaw", currency="PLN", country="PL", language="pl"
        )

    def customer(
        self, name: str, consents: tuple[str, ...] = ("marketing",), email: str | None = None, **more: Any
    ) -> Customer:
        """Somebody with an address, who consented long ago."""
        email = email or f"{name.lower()}@example.com"
        address, _ = Address.get_or_create(email=email, defaults={"created_at": 0})
        fields = {"first_name": name, "zone": "Europe/Warsaw", "country": "PL", "language": "pl"} | more
        row = Customer.create(shop=self.shop, external_id=name.lower(), address=address, email=email, signed_up_at=0,
                              recorded_at=0, updated_at=0, **fields)  # fmt: skip
        for purpose in consents:
            self.consent(row, purpose, True, 0)
        return row

    def consent(self, customer: Customer, purpose: str, granted: bool, at: int) -> None:
        """One line of the ledger."""
        ConsentChange.create(
            shop=self.shop, customer=customer, purpose=purpose, granted=granted, at=at, recorded_at=at
        )

    def order(self, customer: Customer, key: str = "1001", at: int = NOON, **lines: int) -> Order:
        """An order of so many pieces of each product, 64.95 zł a piece; contact lenses where nothing is said."""
        pieces = lines or {"ACU30": 2}
        total = 6495 * sum(pieces.values())
        row = Order.create(shop=self.shop, customer=customer, external_id=key, at=at, recorded_at=at, updated_at=at,
                           status="paid", currency="PLN", total_minor=total, reported_minor=total)  # fmt: skip
        for product, quantity in pieces.items():
            Line.create(shop=self.shop, order=row, customer=customer, product=product, at=at, recorded_at=at,
                        name=f"Product {product}", category="optics/contact-lenses", brand="Acuvue", price_minor=6495,
                        quantity=quantity)  # fmt: skip
        return row

    def draft(self, customer: Customer, order: Order | None = None, **changed: Any) -> Draft:
        """A decided mail, about an order where there is one."""
        anchor: dict[str, Any] = {"kind": "ordered" if order else "signed_up", "at": NOON}
        if order:
            anchor["order_id"] = order.id
        fields: dict[str, Any] = {
            "shop_id": self.shop.id, "customer_id": customer.id, "address_id": customer.address_id, "rule": "refill",
            "purpose": "marketing", "template": "plain", "anchors": (anchor,), "decided_at": NOON, "due_at": NOON,
            "expires_at": NOON + 7 * DAY, "title": "Time for new lenses", "note": "They end soon.",
        }  # fmt: skip
        return Draft(**(fields | changed))

    def queue(self, *drafts: Draft, now: int = NOON) -> list[int]:
        """Puts mails into the outbox."""
        with self.store.transaction():
            return enqueue(self.store, self.shop.id, drafts, now)

    def queue_for(self, *names: str, **changed: Any) -> list[int]:
        """Puts one mail for each new customer into the outbox."""
        return self.queue(*(self.draft(self.customer(name), **changed) for name in names))


def states(*keys: int) -> list[str]:
    """The states of messages."""
    by_key = {row.id: row.state for row in Message.select(Message.id, Message.state)}
    return [by_key[key] for key in keys] if keys else [by_key[key] for key in sorted(by_key)]


def later(minutes: int) -> int:
    """So many minutes after noon."""
    return NOON + minutes * MINUTE
