"""Customers as they are known now, with what they said of each purpose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from engine.consent.kinds import PROFILING, PROFILING_SAID, SOFT, kind_of
from engine.reports.readback.walking import Asked, Desk, Page, at_address, page, walk
from engine.reports.readback.written import iso
from models import ConsentChange, Customer

SAID = (
    "first_name", "last_name", "gender", "birthday", "phone", "city", "region", "country", "language", "timezone",
    "tags", "attributes",
)  # fmt: skip


def customers(desk: Desk, asked: Asked) -> Page:
    """Lists customers by when the shop last changed them; of one mailbox with `email`."""
    query = Customer.select().where(Customer.erased_at.is_null())
    if "email" in asked.wanted:
        query = query.where(Customer.id << (at_address(desk, asked.wanted["email"]) or [0]))
    else:
        query = query.where(Customer.shop == desk.shop_id)
    rows = list(walk(query, Customer.updated_at, Customer.id, asked))
    return page(rows, asked, lambda row: (row.updated_at, row.id), lambda shown: _all(desk, shown))


def customer(desk: Desk, external_id: str) -> dict[str, Any] | None:
    """Shows the customer with this id of the shop's."""
    mine = (Customer.shop == desk.shop_id) & (Customer.external_id == external_id)
    return next(iter(_all(desk, list(Customer.select().where(mine)))), None)


def _all(desk: Desk, rows: Sequence[Any]) -> list[dict[str, Any]]:
    consents = _consents([row.id for row in rows], desk.now)
    return [
        block(row) | {"consent": consents.get(row.id, {}), "kept": {"recorded_at": iso(row.recorded_at), "zone": row.zone}}
        for row in rows
    ]  # fmt: skip


def block(row: Any) -> dict[str, Any]:
    """Returns a customer as orders have it, without consent: what was said of that may be older than the order."""
    return {
        "id": row.external_id, "email": row.email, **{name: getattr(row, name) for name in SAID}, "consent": {},
        "source": row.source, "signed_up_at": iso(row.signed_up_at), "updated_at": iso(row.updated_at), "kept": None,
    }  # fmt: skip


def by_number(numbers: Iterable[int | None]) -> dict[int | None, Any]:
    """Reads customers by our own numbers."""
    wanted = sorted({number for number in numbers if number is not None})
    return {row.id: row for row in Customer.select().where(Customer.id << wanted)} if wanted else {}


def _consents(numbers: Sequence[int], now: int) -> dict[int, dict[str, Any]]:
    """Returns the latest word of each customer on each purpose; what waits to be confirmed is none yet."""
    if not numbers:
        return {}
    c = ConsentChange
    lines = c.select().where(c.customer << list(numbers), c.at <= now).order_by(c.at, c.recorded_at, c.id)
    said: dict[int, dict[str, Any]] = {}
    for line in lines:
        kind, purpose = kind_of(line.purpose)
        if kind in ("", SOFT) or line.purpose == PROFILING:
            said.setdefault(line.customer_id, {})[PROFILING_SAID if kind not in ("", SOFT) else purpose] = (
                mark(line)
            )
    return said


def mark(line: Any) -> dict[str, Any]:
    """Returns what a line of the ledger says, as a customer's block says it."""
    soft = line.purpose.startswith(SOFT) and line.granted
    return {
        "granted": bool(line.granted), "at": iso(line.at), "source": line.source, "wording": line.wording,
        "version": line.version, "basis": line.basis, "opt_out_offered": True if soft else None,
        "ip": line.request_address, "proof": line.proof, "confirmed_at": iso(line.confirmed_at),
    }  # fmt: skip
