"""The ledger of consent, line by line, as far as a shop could have written it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.consent.kinds import PENDING, PROFILING, PROFILING_SAID, SOFT, is_purpose, kind_of
from engine.reports.readback.customers import by_number, mark
from engine.reports.readback.walking import Asked, Desk, Page, customer_named, in_order, page, walk_together
from engine.reports.readback.written import iso, named
from models import ConsentChange

STATES = {"": "counts", SOFT: "counts_for_similar_goods", PENDING: "waits_to_be_confirmed"}


def consents(desk: Desk, asked: Asked) -> Page:
    """Lists lines of the ledger by their moment; of one customer with `customer`.

    Left out are what customers wished beside purposes, what an erasure has made nameless, and what came with a history
    that proved nothing: sent again it would count.
    """
    c = ConsentChange
    told = (
        is_purpose(c.purpose)
        | (c.purpose == PROFILING)
        | c.purpose.startswith(SOFT)
        | c.purpose.startswith(PENDING)
    )
    of_somebody = c.customer.is_null(False) | c.external_customer.is_null(False)
    ids = c.select(c.at, c.id).where(told & of_somebody)
    if "customer" in asked.wanted:
        queries = [ids.where(c.customer == (customer_named(desk, asked.wanted["customer"]) or 0))]
    else:
        queries = [ids.where((c.shop == desk.shop_id) & (c.granted == granted)) for granted in (True, False)]
    places = walk_together(queries, c.at, c.id, asked)
    return page(places, asked, lambda place: place, lambda shown: _all(in_order(c, [p[1] for p in shown])))


def _all(rows: Sequence[Any]) -> list[dict[str, Any]]:
    people = by_number(row.customer_id for row in rows)
    return [_one(row, people.get(row.customer_id)) for row in rows]


def _one(row: Any, customer: Any) -> dict[str, Any]:
    kind, purpose = kind_of(row.purpose)
    profiling = row.purpose == PROFILING
    return mark(row) | {
        "customer": named(None if customer is not None else row.external_customer, customer),
        "purpose": PROFILING_SAID if profiling else purpose,
        "kept": {
            "recorded_at": iso(row.recorded_at), "customer_known": customer is not None,
            "state": "counts" if profiling else STATES[kind],
        },
    }  # fmt: skip
