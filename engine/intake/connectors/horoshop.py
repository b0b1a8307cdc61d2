"""Horoshop: what its hooks put, as our items. Source: Horoshop's API, `hooks/subscribe` and `orders/get`.

A hook says in its address what it tells of, for its body does not. Moments are the shop's own time without a zone, and an order
says nothing of when it was changed: `order_created` counts as its oldest word, so that one that is tried again for an hour and
a half undoes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.calendar import zone as zone_called
from engine.intake.connectors.told import (
    Item,
    Told,
    amount,
    link,
    listed,
    mapping,
    number_of,
    piece,
    refused,
    said,
    text,
    whole,
)

EVENTS = (
    "order_created",
    "order_paid",
    "order_update",
    "user_signup",
    "user_update",
    "request_call_me",
    "comments_created",
)
# Horoshop's own statuses; a shop may have others, which its config names.
STATUSES = {"1": "pending", "2": "pending", "3": "delivered", "4": "cancelled", "6": "shipped"}
PAID = ("1", "true")


def told(topic: str, sent: Mapping[str, Any], *, statuses: Mapping[str, str], zone: str) -> Told:
    """Returns what one hook says; raises IntakeError with the field that cannot be read."""
    if topic.startswith("user_"):
        return Told(customers=[_customer(mapping(sent.get("user"), "/user") or sent)])
    if not topic.startswith("order_"):
        return Told(ignored=f"nothing is done about {topic}")
    order = mapping(sent.get("order"), "/order") or sent
    buyer = _buyer(order)
    if not buyer.keys() & {"id", "email"}:
        return Told(ignored="an order of nobody who could get mail")
    placed = _moment(order.get("stat_created"), "/stat_created", zone)
    return Told(orders=[said(
        id=number_of(order.get("order_id"), "/order_id"), placed_at=placed,
        updated_at=placed if topic == "order_created" else None, status=_status(order, statuses),
        currency=text(order.get("currency")), total=str(amount(order.get("total_sum"), "/total_sum")),
        coupon=text(order.get("coupon_code"), 64), channel="horoshop", customer=buyer, lines=_lines(order),
    )])  # fmt: skip


def _status(order: Mapping[str, Any], statuses: Mapping[str, str]) -> str:
    number = number_of(order.get("stat_status") or 1, "/stat_status")
    status = {**STATUSES, **statuses}.get(number)
    if status is None:
        raise refused("/stat_status", f"unknown status {number!r}; say in config.yaml which of ours it is")
    return "paid" if status == "pending" and str(order.get("payed")).lower() in PAID else status


def _moment(value: Any, pointer: str, zone: str) -> str:
    """Returns the shop's own time with its offset from UTC."""
    try:
        found = datetime.fromisoformat(text(value) or "")
    except ValueError:
        raise refused(pointer, "a moment such as 2026-03-01 10:00:00 is expected here") from None
    return (found if found.tzinfo else found.replace(tzinfo=zone_called(zone))).isoformat()


def _buyer(order: Mapping[str, Any]) -> Item:
    number, name = order.get("user"), (text(order.get("delivery_name")) or "").split()
    return said(
        id=number_of(number, "/user") if number else None, email=text(order.get("delivery_email"), 320),
        first_name=name[0] if name else None, last_name=" ".join(name[1:]) or None,
        phone=text(order.get("delivery_phone"), 32), city=text(order.get("delivery_city")),
    )  # fmt: skip


def _customer(user: Mapping[str, Any]) -> Item:
    name = (text(user.get("title")) or text(user.get("name")) or "").split()
    return said(
        id=number_of(user.get("id"), "/id"), email=text(user.get("email"), 320), first_name=name[0] if name else None,
        last_name=" ".join(name[1:]) or None, phone=text(user.get("phone"), 32), city=text(user.get("city")), source="horoshop",
    )  # fmt: skip


def _lines(order: Mapping[str, Any]) -> list[Item]:
    found = []
    for place, line in enumerate(listed(order.get("products"), "/products")):
        at = f"/products/{place}"
        quantity = whole(line.get("quantity"), f"{at}/quantity")
        if quantity < 1:
            continue
        paid = line.get("total_price")
        whole_line = (
            amount(line.get("price"), f"{at}/price") * quantity
            if paid is None
            else amount(paid, f"{at}/total_price")
        )
        found.append(said(
            product=number_of(line.get("article"), f"{at}/article")[:128], name=text(line.get("title")), quantity=quantity,
            price=piece(max(Decimal(0), whole_line), quantity), image=link(line.get("image")),
        ))  # fmt: skip
    return found
