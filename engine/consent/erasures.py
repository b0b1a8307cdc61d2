"""Who was erased, kept beside the store, so that a backup from before is told of it when it is brought back."""

from __future__ import annotations

from pathlib import Path

from engine.consent import beside
from engine.consent.called import Called, Somebody, digest_of, digests_of, erase_called, everybody_called
from engine.consent.erasure import erase
from engine.store import Store
from models import Customer, Shop

NAME = "erasures.ndjson"


def note(home: Path, store: Store, whose: Somebody, now: int) -> None:
    """Appends one erasure, on disk when this returns: a line for each name, for a backup may know but one of them."""
    beside.append(home, NAME, [{"at": now, "customer": digest} for digest in digests_of(store, whose)])


def take_over(home: Path, file: Path) -> int:
    """Adds the erasures of another home to this one's list; raises UsageError where the file holds none."""
    return beside.take_over(home, NAME, file, _proper)


def _proper(said: beside.Line) -> beside.Line:
    return {"at": int(said["at"]), "customer": str(said["customer"])}


def erase_again(home: Path, store: Store, now: int) -> int:
    """Erases whoever was erased before and is there again, customer or not; returns how many that were."""
    erased = {line["customer"] for line in beside.read(home, NAME)}
    if not erased:
        return 0
    there = Customer.select(Customer, Shop).join(Shop).where(Customer.erased_at.is_null()).iterator()
    again = [customer.id for customer in there if digest_of(store, customer) in erased]
    for number in again:
        erase(store, Customer.get_by_id(number), now)
    return len(again) + sum(_called_again(store, shop, erased, now) for shop in Shop.select())


def _called_again(store: Store, shop: Shop, erased: set[str], now: int) -> int:
    again: list[Called] = [
        called for called in everybody_called(shop) if not erased.isdisjoint(digests_of(store, called))
    ]
    for called in again:
        erase_called(store, called, now)
    return len(again)
