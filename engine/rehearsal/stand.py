"""The store that a rule test is played on, and the statements that its play asks again and again."""

from __future__ import annotations

import sqlite3
from functools import cache
from typing import Any

from engine.config import ShopConfig
from engine.prepared import prepared
from engine.store import Store, open_store
from models import Change, Cursor, Customer, Message, Shop
from models import Decision as DecisionRow


@cache
def _empty_store() -> bytes:
    store = open_store("sqlite://:memory:").create()
    image: bytes = store.database.connection().serialize()
    store.close()
    return image


def fresh_store() -> Store:
    """Opens an empty store in memory, copied from one that was made once."""
    store = open_store("sqlite://:memory:")
    connection: sqlite3.Connection = store.database.connection()
    connection.deserialize(_empty_store())
    connection.execute("pragma foreign_keys = 1")
    return store


def shop_of(shop: ShopConfig) -> Shop:
    """Writes a test's shop into its empty store."""
    said = (shop.shop, shop.name, shop.timezone, shop.currency, shop.country, shop.language)
    _opened(*said)
    ((key,),) = _shops()
    return Shop(**dict(zip(SHOP, (key, *said), strict=True)))


SHOP = ("id", "key", "name", "timezone", "currency", "country", "language")


@prepared
def _opened(*said: Any) -> Any:
    return Shop.insert(dict(zip(SHOP[1:], said, strict=True)))


@prepared
def _shops() -> Any:
    return Shop.select(Shop.id)


@prepared
def began(shop: Any, before: Any) -> Any:
    """Writes down that the shop was ticked before."""
    return Cursor.insert(shop=shop, ticked_at=before)


@prepared
def queued() -> Any:
    """Returns what is to be handed over: message, rule and customer."""
    m = Message
    return m.select(m.id, m.rule, m.customer).where(m.state == "queued").order_by(m.id)


@prepared
def sent(message: Any, now: Any) -> Any:
    """Settles a message as sent."""
    return Message.update(state="sent", settled_at=now, sending_at=now).where(Message.id == message)


@prepared
def named(customer: Any) -> Any:
    """Returns by what names a customer is known."""
    return Customer.select(Customer.external_id, Customer.email).where(Customer.id == customer)


@prepared
def decided() -> Any:
    """Returns every decision in order: at, outcome, rule, customer, reason, because of what."""
    d = DecisionRow
    return d.select(d.at, d.outcome, d.rule, d.customer, d.reason, d.because_of).order_by(d.id)


@prepared
def no_news() -> Any:
    """Forgets all changes."""
    return Change.delete()
