"""Carts that a shop system names by a token: what is put in becomes a fact as soon as it is known whose cart it is.

A product counts from when it was first seen in that cart; what the system repeats moves nothing, and what is taken out again
was put in all the same.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from engine.clock import instant, moment
from engine.errors import IntakeError
from engine.intake.connectors.told import Item
from engine.intake.reading import mailbox
from models import Cart, Shop

MOST = 200  # products of one cart


def put_in(shop: Shop, carts: list[Item], now: int) -> list[Item]:
    """Remembers the carts and returns the events that are known to be somebody's; inside the caller's transaction."""
    return [event for cart in carts for event in _put_in(shop, cart, now)]


def _put_in(shop: Shop, said: Item, now: int) -> list[Item]:
    Cart.insert(shop=shop, token=said["token"], at=now).on_conflict_ignore().execute()
    this = (Cart.shop == shop) & (Cart.token == said["token"])
    Cart.update(at=now).where(
        this
    ).execute()  # whoever else is told of this cart now waits, and reads what we write
    cart = Cart.get(this)
    email = _mailbox(said["email"]) if "email" in said else cart.email
    at = min(_at(said.get("at"), now), now)
    known: dict[str, Item] = {line["product"]: line for line in json.loads(cart.lines)}
    for line in said["lines"]:
        before = known.get(line["product"], {"at": at, "told": at})
        newest = line if at >= before["told"] else before
        known[line["product"]] = newest | {"at": min(before["at"], at), "told": max(before["told"], at)}
    lines = list(known.values())[:MOST]
    news = {"lines": json.dumps(lines), "email": email}
    Cart.update(news).where(Cart.id == cart.id).execute()
    return [] if email is None else [_event(cart.token, email, line) for line in lines]


def _event(token: str, email: str, line: Item) -> Item:
    fields: dict[str, Any] = {name: line[name] for name in ("product", "brand", "quantity") if name in line}
    name = f"cart:{token}:{line['product']}"[:128]
    return {
        "id": name,
        "kind": "added_to_cart",
        "customer": {"email": email},
        "at": moment(line["at"]).isoformat(),
        **fields,
    }


def _at(said: str | None, now: int) -> int:
    """Returns the moment of a cart's last change, or that of its arrival where it is not said."""
    if said is None:
        return now
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        raise IntakeError(
            "not a moment", [("/updated_at", "a moment such as 2026-03-01T10:00:00+01:00 is expected here")]
        ) from None
    if found.tzinfo is None:
        raise IntakeError(
            "not a moment", [("/updated_at", "a moment with its offset from UTC is expected here")]
        )
    return instant(found)


def _mailbox(email: str) -> str:
    try:
        return mailbox(email)
    except ValueError as error:
        raise IntakeError(str(error), [("/email", str(error))]) from None
