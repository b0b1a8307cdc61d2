"""The shop that these tests send orders to: a Polish optician who also takes euros and yen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.clock import instant
from engine.config import Config, Sender, ShopConfig
from engine.intake import (
    Accepted,
    accept_consents,
    accept_customers,
    accept_events,
    accept_orders,
    accept_products,
    accept_refunds,
    sync_shops,
)  # fmt: skip
from engine.store import Store
from models import Customer, Line, Order, Refund

SENDER = Sender(name="Optica", address="sklep@optica.pl")
OPTICA = ShopConfig(shop="optica", name="Optica", sender=SENDER, postal="Optica, ul. Długa 1, 31-146 Kraków")
CONFIG = Config(shops=(OPTICA,), rates={"EUR": "4.30", "JPY": "0.026"})  # type: ignore[arg-type]


def at(text: str) -> int:
    """Returns the instant of an ISO text; without an offset it is UTC."""
    return instant(datetime.fromisoformat(text + ("" if "+" in text else "+00:00")))


NOW = at("2026-06-01T12:00:00")


class Optica:
    """The shop in a store, at a moment that tests move."""

    def __init__(self, store: Store, config: Config = CONFIG, now: int = NOW) -> None:
        self.store, self.config, self.now = store, config, now
        self.row = sync_shops(store, config, now)["optica"]

    def _send(self, accept: Any, items: tuple[dict[str, Any], ...], history: bool) -> Accepted:
        found: Accepted = accept(self.store, self.config, self.row, list(items), self.now, history=history)
        return found

    def orders(self, *items: dict[str, Any], history: bool = False) -> Accepted:
        return self._send(accept_orders, items, history)

    def customers(self, *items: dict[str, Any], history: bool = False) -> Accepted:
        return self._send(accept_customers, items, history)

    def products(self, *items: dict[str, Any], history: bool = False) -> Accepted:
        return self._send(accept_products, items, history)

    def events(self, *items: dict[str, Any], history: bool = False) -> Accepted:
        return self._send(accept_events, items, history)

    def consents(self, *items: dict[str, Any], history: bool = False) -> Accepted:
        return self._send(accept_consents, items, history)

    def refunds(self, *items: dict[str, Any], history: bool = False) -> Accepted:
        return self._send(accept_refunds, items, history)


def order(number: str = "1001", **said: Any) -> dict[str, Any]:
    """Returns Anna's order of two packs of lenses, changed by what is said."""
    return {
        "id": number, "placed_at": "2026-03-01T10:00:00+01:00", "updated_at": "2026-03-01T10:00:00+01:00",
        "status": "paid", "currency": "PLN", "total": "129.90",
        "customer": {"id": "anna", "email": "anna@example.com"}, "lines": [line()],
    } | said  # fmt: skip


def line(product: str = "ACU-30", **said: Any) -> dict[str, Any]:
    """Returns a line of two packs of lenses, changed by what is said."""
    return {
        "product": product, "name": "Acuvue Oasys 30", "category": "optics/contact-lenses", "brand": "Acuvue",
        "quantity": 2, "price": "64.95",
    } | said  # fmt: skip


def the_order(number: str = "1001") -> Order:
    """Returns the order's row."""
    return Order.get(Order.external_id == number)


def lines_of(number: str = "1001") -> dict[str, Line]:
    """Returns the order's lines by product."""
    return {row.product: row for row in Line.select().where(Line.order == the_order(number))}


def the_customer(external_id: str | None = "anna") -> Customer:
    """Returns the customer's row."""
    return Customer.get(Customer.external_id == external_id)


def the_refund(external_id: str) -> Refund:
    """Returns the refund's row."""
    return Refund.get(Refund.external_id == external_id)
