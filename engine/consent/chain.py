"""The chain of the ledger: lines appended one after another, each with the digest of all before it; and its proof."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from peewee import fn

from engine import bulk
from engine.consent.kinds import JOINED
from engine.consent.seals import (
    KEPT,
    TAKEN_AWAY,
    beginning,
    digest_of_line,
    digest_of_person,
    digest_of_personal,
)
from engine.store import Store
from models import ConsentChange, LedgerHead, Shop

OWN = tuple(name for name in KEPT if name not in ("whose", "sealed")) + TAKEN_AWAY
COLUMNS = ("shop_id", "customer_id", "external_customer", *OWN, "whose", "sealed", "digest")
HEAD = ("id", "digest", "lines")
MOST_FAULTS = 100
Row = Mapping[str, Any]


def write_lines(store: Store, shop_id: int, rows: Sequence[dict[str, Any]]) -> None:
    """Appends lines to a shop's chain in the caller's transaction; `rows` hold `OWN`, and whose they are.

    Whoever appends waits for the head's row and holds it until they commit, so lines are chained in the order of their
    ids. Two statements more than the lines themselves; none where there is nothing to append.
    """
    if not rows:
        return
    if not store.secret:  # a rehearsal: nobody will ever be shown it
        bulk.insert(
            store, ConsentChange, COLUMNS[:-3], [_values(row, shop_id, COLUMNS[1:-3]) for row in rows]
        )
        return
    number, before, lines = _head(store, shop_id)
    for row in rows:
        row["whose"] = digest_of_person(store.secret, row["customer_id"], row["external_customer"], shop_id)
        row["sealed"] = digest_of_personal(store.secret, row)
        row["digest"] = before = digest_of_line(store.secret, shop_id, before, row)
    bulk.insert(store, ConsentChange, COLUMNS, [_values(row, shop_id, COLUMNS[1:]) for row in rows])
    bulk.update(store, LedgerHead, ("digest", "lines"), [(before, lines + len(rows), number)])


def _values(row: Row, shop_id: int, columns: Sequence[str]) -> tuple[Any, ...]:
    return (shop_id, *(row[name] for name in columns))


def _head(store: Store, shop_id: int) -> tuple[int, str, int]:
    """Locks and returns the end of a shop's chain; makes one where the shop has none yet."""
    found = bulk.fetch(store, LedgerHead, HEAD, "shop_id", [shop_id], lock=True)
    if not found:
        before = (
            ConsentChange.select(fn.COUNT(ConsentChange.id)).where(ConsentChange.shop == shop_id).scalar()
        )
        first = (shop_id, before, 0, beginning(store.secret, shop_id, before))
        bulk.insert(store, LedgerHead, ("shop_id", "before", "lines", "digest"), [first], ignore=True)
        found = bulk.fetch(store, LedgerHead, HEAD, "shop_id", [shop_id], lock=True)
    return found[0][0], found[0][1], found[0][2]


# --- proof ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Verified:
    """What came of going through one shop's ledger: `faults` are (line, what is wrong), at most a hundred of them."""

    shop: str
    lines: int = 0  # of the chain
    before: int = 0  # older than the chain: nothing proves them
    erased: int = 0  # whose owner was erased, and that still verify
    faults: list[tuple[int | None, str]] = field(default_factory=list)


def verify(store: Store) -> list[Verified]:
    """Goes through the whole ledger, shop by shop, and says which lines are not as they were written."""
    return [_verified(store, shop.id, str(shop.key)) for shop in Shop.select().order_by(Shop.id)]


def _verified(store: Store, shop_id: int, key: str) -> Verified:
    found = Verified(key)
    mine = ConsentChange.shop == shop_id
    older = ConsentChange.select(fn.COUNT(ConsentChange.id)).where(mine & ConsentChange.digest.is_null())
    found.before = older.scalar()
    head = LedgerHead.get_or_none(LedgerHead.shop == shop_id)
    if head is None:
        if next(_chained(mine), None) is not None:
            found.faults.append((None, "the end of the chain is gone"))
        return found
    if found.before != head.before:
        found.faults.append((None, f"{found.before} lines stand before the chain, not {head.before}"))
    before, guests = beginning(store.secret, shop_id, head.before), _guests(mine)
    for line in _chained(mine):
        wrong, before = _wrong(store.secret, shop_id, line, before, guests), line["digest"]
        found.lines += 1
        found.erased += line["customer_id"] is None and line["external_customer"] is None
        if wrong and len(found.faults) < MOST_FAULTS:
            found.faults.append((line["id"], wrong))
    if (found.lines, before) != (head.lines, head.digest):
        found.faults.append(
            (None, f"the chain ends after {found.lines} lines, not as it was left after {head.lines}")
        )
    return found


def _chained(mine: Any) -> Iterator[dict[str, Any]]:
    """Reads the chain in pieces, so that it may be longer than memory."""
    last = 0
    while True:
        rows = ConsentChange.select().where(
            mine & ConsentChange.digest.is_null(False) & (ConsentChange.id > last)
        )
        piece = list(rows.order_by(ConsentChange.id).limit(5000).dicts())
        for row in piece:
            yield {**row, "customer_id": row["customer"]}
        if not piece:
            return
        last = piece[-1]["id"]


def _guests(mine: Any) -> dict[int, set[int]]:
    """Returns which guests turned out to be a customer: their lines moved along."""
    found: dict[int, set[int]] = {}
    rows = ConsentChange.select(ConsentChange.customer, ConsentChange.detail)
    for customer, guest in (
        rows.where(mine & (ConsentChange.purpose == JOINED)).order_by(ConsentChange.id).tuples()
    ):
        if customer is not None and guest is not None:
            found.setdefault(customer, set()).update({int(guest)} | found.get(int(guest), set()))
    return found


def _wrong(secret: bytes, shop_id: int, line: Row, before: str, guests: Mapping[int, set[int]]) -> str:
    if line["digest"] != digest_of_line(secret, shop_id, before, line):
        return "it, or the line before it, was changed, taken out or moved"
    customer, name = line["customer_id"], line["external_customer"]
    if customer is None and name is None:  # erased: what is left of it is in the chain
        return (
            ""
            if all(line[column] is None for column in TAKEN_AWAY)
            else "it lost its owner, but was not erased"
        )
    persons = [(customer, None), *((guest, None) for guest in guests.get(customer, ())), (None, name)]
    if all(line["whose"] != digest_of_person(secret, *person, shop_id) for person in persons):
        return "it was given to somebody else"
    if line["sealed"] != digest_of_personal(secret, line):
        return "its address of request or its proof was changed"
    return ""
