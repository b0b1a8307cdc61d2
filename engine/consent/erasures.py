"""Who was erased, kept beside the store, so that a backup from before is told of it when it is brought back."""

from __future__ import annotations

from pathlib import Path

from engine.consent import beside
from engine.consent.erasure import erase
from engine.store import Store
from models import Customer, Shop

NAME = "erasures.ndjson"


def note(home: Path, store: Store, customer: Customer, now: int) -> None:
    """Appends one erasure, on disk when this returns."""
    beside.append(home, NAME, [{"at": now, "customer": _digest(store, customer.shop.key, customer)}])


def take_over(home: Path, file: Path) -> int:
    """Adds the erasures of another home to this one's list; raises UsageError where the file holds none."""
    return beside.take_over(home, NAME, file, _proper)


def _proper(said: beside.Line) -> beside.Line:
    return {"at": int(said["at"]), "customer": str(said["customer"])}


def erase_again(home: Path, store: Store, now: int) -> int:
    """Erases whoever was erased before and is there again; returns how many that were."""
    erased = {line["customer"] for line in beside.read(home, NAME)}
    if not erased:
        return 0
    keys = {shop.id: shop.key for shop in Shop.select()}
    there = Customer.select().where(Customer.erased_at.is_null()).iterator()
    again = [customer.id for customer in there if _digest(store, keys[customer.shop_id], customer) in erased]
    for number in again:
        erase(store, Customer.get_by_id(number), now)
    return len(again)


def _digest(store: Store, shop: str, customer: Customer) -> str:
    email = customer.address.email if customer.external_id is None and customer.address_id else None
    return beside.digest_of_customer(store, shop, customer.id, customer.external_id, email)
