"""What an endpoint is posted: `{"type", "timestamp", "data"}`, made when it is sent, so that no address lies in the queue."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from engine.clock import moment
from engine.config_endpoints import Endpoint
from models import Customer, Notice

TEST = "test"


@dataclass(frozen=True, slots=True)
class Post:
    """One message on its way: which notice, whose (so that one customer's go one after another), and what it says."""

    id: int
    customer: int
    number: str
    body: str


def posts(notices: Sequence[Notice], shop: str, endpoint: Endpoint) -> list[Post]:
    """Makes the messages; those about customers who were erased meanwhile are gone from the store with them."""
    named = _customers({notice.customer_id for notice in notices} - {None})
    return [
        Post(notice.id, notice.customer_id or 0, notice.number, body_of(notice, shop, named.get(notice.customer_id), endpoint))
        for notice in notices
    ]  # fmt: skip


def _customers(numbers: Collection[Any]) -> dict[Any, tuple[str | None, str | None]]:
    c = Customer
    mine = c.id.in_(sorted(numbers)) & c.erased_at.is_null()
    rows = c.select(c.id, c.external_id, c.email).where(mine).tuples() if numbers else ()
    return {number: (external, email) for number, external, email in rows}


def body_of(notice: Notice, shop: str, who: tuple[str | None, str | None] | None, endpoint: Endpoint) -> str:
    """Writes one message; a guest has no id in the shop, and then `customer` is null."""
    data: dict[str, Any] = {"shop": shop}
    if notice.kind != TEST:
        external, email = who or (None, None)
        data["customer"] = external
        if endpoint.with_email:
            data["email"] = email
    data |= notice.facts
    said = {"type": notice.kind, "timestamp": written(notice.at), "data": data}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def written(at: int) -> str:
    """Writes a moment as the standard wants it: ISO 8601, UTC, to the millisecond."""
    return moment(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
