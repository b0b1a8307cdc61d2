"""What was erased, kept beside the store, so that a backup from before is told of it when it is brought back.

A line names nobody: only the home's key tells which customer it is. It lies outside the store, for the store is what an old
backup puts back to what it was.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from pathlib import Path

from engine.consent.erasure import erase
from engine.errors import UsageError
from engine.store import Store
from models import Customer, Shop

NAME = "erasures.ndjson"


def note(home: Path, store: Store, customer: Customer, now: int) -> None:
    """Appends one erasure, on disk when this returns."""
    line = json.dumps({"at": now, "customer": _digest(store, customer.shop.key, customer)})
    _append(home, f"{line}\n")


def take_over(home: Path, file: Path) -> int:
    """Adds the erasures of another home to this one's list; raises UsageError where the file holds none."""
    try:
        lines = [json.dumps(_line(text)) for text in file.read_text("ascii").splitlines() if text.strip()]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{file} cannot be read as erasures: {error}", remedy=f"name the {NAME} of a home"
        ) from error
    _append(home, "".join(f"{line}\n" for line in lines))
    return len(lines)


def _line(text: str) -> dict[str, object]:
    said = json.loads(text)
    return {"at": int(said["at"]), "customer": str(said["customer"])}


def _append(home: Path, text: str) -> None:
    with os.fdopen(os.open(home / NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


def erase_again(home: Path, store: Store, now: int) -> int:
    """Erases whoever was erased before and is there again; returns how many that were."""
    file = home / NAME
    if not file.exists():
        return 0
    erased = {json.loads(line)["customer"] for line in file.read_text().splitlines()}
    keys = {shop.id: shop.key for shop in Shop.select()}
    there = Customer.select().where(Customer.erased_at.is_null()).iterator()
    again = [customer.id for customer in there if _digest(store, keys[customer.shop_id], customer) in erased]
    for number in again:
        erase(store, Customer.get_by_id(number), now)
    return len(again)


def _digest(store: Store, shop: str, customer: Customer) -> str:
    """Returns what stands for a customer: by the shop's id, else by address, so that it is the same in every backup."""
    if customer.external_id is not None:
        told = f"id:{shop}:{customer.external_id}"
    else:
        told = f"email:{shop}:{customer.address.email if customer.address_id else customer.id}"
    return hmac.new(store.secret, told.encode(), hashlib.sha256).hexdigest()
