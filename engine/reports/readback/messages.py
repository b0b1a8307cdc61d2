"""Mails of the outbox: to whom, by which rule, in which state and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.config_testing import plain
from engine.consent.traces import PREFIX
from engine.reports.readback.customers import by_number
from engine.reports.readback.walking import Asked, Desk, Page, Place, customer_named, in_order
from engine.reports.readback.written import iso, named
from models import OPEN_STATES, Address, Message

LOOKED_AT = (
    5_000  # settled mails that one page looks through, however few of them are in the state that is wanted
)
OPEN, SETTLED = 0, 1  # the two parts of the list: a mail only ever goes on from the first to the second
STATES = (*OPEN_STATES, "sent", "refused", "unknown", "cancelled", "expired")


def messages(desk: Desk, asked: Asked) -> Page:
    """Lists mails: first the open ones, in the order of their making, then those that have ended, by when.

    A mail that ends between two pages comes later in the list, so that it may be told twice and is never missed. A page
    of one state may hold less than was asked for: the list is over where no next place is told.
    """
    part, *place = asked.after or (OPEN, 0)
    found: list[int] = []
    if part == OPEN:
        found = _open(desk, asked, place[0])
        if len(found) > asked.limit:
            shown = found[: asked.limit]
            return Page(_all(shown), (OPEN, shown[-1]))
        place = [asked.since or 0, 0]
    return _ended(desk, asked, found, place)


def message(desk: Desk, number: str) -> dict[str, Any] | None:
    """Shows the mail with this number of ours."""
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    mine = (Message.shop == desk.shop_id) & (Message.id == int(number))
    return next(iter(_all([row.id for row in Message.select(Message.id).where(mine)])), None)


def _ended(desk: Desk, asked: Asked, found: list[int], place: Sequence[int]) -> Page:
    """Fills the page with the mails in the wanted state, among the next that have ended."""
    looked_at = _settled(desk, asked, place)
    last: Place = (SETTLED, *place)
    for number, state, settled_at in looked_at[:LOOKED_AT]:
        if len(found) == asked.limit:
            return Page(_all(found), last)
        if asked.wanted.get("state", state) == state:
            found.append(number)
        last = (SETTLED, settled_at, number)
    return Page(_all(found), last if len(looked_at) > LOOKED_AT else None)


def _open(desk: Desk, asked: Asked, after: int) -> list[int]:
    query = _mine(desk, asked).where(Message.settled_at.is_null(), Message.id > after)
    if "state" in asked.wanted:
        query = query.where(Message.state == asked.wanted["state"])
    return [row[0] for row in query.order_by(Message.id).limit(asked.limit + 1)]


def _settled(desk: Desk, asked: Asked, place: Sequence[int]) -> list[tuple[int, str, int]]:
    at, number = place
    later = (Message.settled_at > at) | ((Message.settled_at == at) & (Message.id > number))
    query = _mine(desk, asked).where(Message.settled_at >= at, later)
    some = LOOKED_AT if "state" in asked.wanted else asked.limit
    return list(query.order_by(Message.settled_at, Message.id).limit(some + 1))


def _mine(desk: Desk, asked: Asked) -> Any:
    query = Message.select(Message.id, Message.state, Message.settled_at).tuples()
    if "customer" in asked.wanted:
        query = query.where(Message.customer == (customer_named(desk, asked.wanted["customer"]) or 0))
    else:
        query = query.where(Message.shop == desk.shop_id)
    return query.where(Message.rule == asked.wanted["rule"]) if "rule" in asked.wanted else query


def _all(numbers: Sequence[int]) -> list[dict[str, Any]]:
    rows = in_order(Message, numbers)
    people = by_number(row.customer_id for row in rows)
    wanted = sorted({row.address_id for row in rows})
    boxes = (
        dict(Address.select(Address.id, Address.email).where(Address.id << wanted).tuples()) if wanted else {}
    )
    return [_one(row, people.get(row.customer_id), boxes.get(row.address_id, PREFIX)) for row in rows]


def _one(row: Any, customer: Any, box: str) -> dict[str, Any]:
    return {
        "id": row.id, "customer": named(None, customer), "to": None if box.startswith(PREFIX) else plain(box), "rule": row.rule,
        "purpose": row.purpose, "template": row.template, "variant": row.variant, "subject": row.subject,
        "state": row.state, "reason": row.reason, "reply": row.reply, "attempts": row.attempts,
        "decided_at": iso(row.decided_at), "due_at": iso(row.due_at), "expires_at": iso(row.expires_at),
        "settled_at": iso(row.settled_at), "returned": row.returned, "returned_at": iso(row.returned_at),
        "message_id": row.message_id,
    }  # fmt: skip
