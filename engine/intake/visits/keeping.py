"""Keeps what one visitor did: the visit with its last page, and what rules ask as facts of whoever it turns out to be."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from engine import bulk
from engine.clock import DAY, MINUTE
from engine.config import Config, ShopConfig
from engine.consent.objection import objects
from engine.intake.accepting import REDATES, Intake, announce
from engine.intake.visits.shapes import Batch, Did, key_of, plain_page
from engine.intake.visits.tying import is_news, tie
from engine.store import Store
from models import Customer, Event, Product, Visit, Visitor, VisitPage

OLDEST = 3 * DAY  # what a browser kept for longer while it was offline counts as three days old
MOST_PAGES = 200  # of a visit that are told apart
MILLISECOND = 1_000
ATTEMPTS = 5
FACTS = {"view": "viewed", "cart": "added_to_cart", "search": "searched"}
EVENT = (
    "shop_id", "customer_id", "external_customer", "external_id", "kind", "at", "recorded_at", "product", "category",
    "brand", "price_minor", "quantity", "properties",
)  # fmt: skip


class Moved(Exception):
    """Says that the browser became another customer's while its batch was read; it is kept again."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a batch: new facts, repeats, and signed words that were believed or not."""

    accepted: int = 0
    unchanged: int = 0
    tied: int = 0
    not_believed: int = 0


def keep_batch(store: Store, config: Config, shop: ShopConfig, shop_id: int, batch: Batch, now: int) -> Kept:
    """Keeps one batch whole, in one transaction; the same again changes nothing. Raises Moved where others are faster.

    It writes rows of its own visitor and nothing else: no order, consent, address or field of anybody.
    """
    intake = Intake(store, config, shop, shop_id, now, False, set())
    for _ in range(ATTEMPTS):
        with suppress(Moved):
            return bulk.in_transaction(store, lambda: _kept(intake, batch))
    raise Moved


def is_known(store: Store, shop_id: int, batch: Batch) -> bool:
    """Says whether the visitor has been here before."""
    return bool(bulk.fetch(store, Visitor, ("id",), "key", [key_of(batch.visitor)], shop_id))


def _kept(intake: Intake, batch: Batch) -> Kept:
    intake.changes.clear()
    key = key_of(batch.visitor)
    whose = _lock(intake, key, batch)
    if batch.withdraw:
        _forget(intake, key)
        announce(intake)
        return Kept()
    visitor = _visitor(intake, key)
    if visitor.customer_id not in (None, whose):
        raise Moved
    if visitor.customer_id and objects(visitor.customer_id, intake.now):
        return Kept()
    _visit(intake, visitor, batch)
    accepted = _facts(intake, visitor, batch.events)
    believed = [tie(intake, visitor, said) for said in batch.ties]
    announce(intake)
    facts = sum(_is_fact(did) for did in batch.events)
    return Kept(accepted, facts - accepted, sum(believed), len(believed) - sum(believed))


def _lock(intake: Intake, key: str, batch: Batch) -> int | None:
    """Takes the shop's lock, then the customer whose browser it is; returns who that was. Orders lock in the same order.

    A word that changes who it is takes the shop alone, so that it and a customer who is just being told of cannot miss
    each other; all else shares it.
    """
    found = bulk.fetch(intake.store, Visitor, ("customer_id",), "key", [key], intake.shop_id)
    whose: int | None = found[0][0] if found else None
    news = batch.withdraw or any(is_news(intake, said, whose) for said in batch.ties)
    bulk.lock_shop(intake.store, intake.shop_id, bulk.ALONE if news else bulk.SHARED)
    if whose is not None and intake.store.postgresql:
        Customer.select(Customer.id).where(Customer.id == whose).for_update("FOR KEY SHARE").execute()
    return whose


def _visitor(intake: Intake, key: str) -> Visitor:
    """Returns the visitor's row, new where there is none, and holds it: what ties it waits."""
    store, columns = intake.store, ("id", "customer_id", "external_customer", "last_at")
    rows = bulk.fetch(store, Visitor, columns, "key", [key], intake.shop_id, lock=True)
    if not rows:
        row = (intake.shop_id, key, intake.now, intake.now)
        bulk.insert(store, Visitor, ("shop_id", "key", "at", "last_at"), [row], ignore=True)
        rows = bulk.fetch(store, Visitor, columns, "key", [key], intake.shop_id, lock=True)
    number, whose, name, last_at = rows[0]
    if intake.now - last_at > MINUTE:
        bulk.update(store, Visitor, ("last_at",), [(intake.now, number)])
    return Visitor(id=number, key=key, customer=whose, external_customer=name, last_at=last_at)


def _forget(intake: Intake, key: str) -> None:
    """Deletes all that a browser has ever told, facts of a customer among it: consent was taken back."""
    told = (Event.shop == intake.shop_id) & (Event.external_customer == key)
    whose = Event.select(Event.customer).where(told & Event.customer.is_null(False)).distinct().tuples()
    intake.changes.update((customer, REDATES) for (customer,) in whose)
    Event.delete().where(told).execute()
    Visitor.delete().where((Visitor.shop == intake.shop_id) & (Visitor.key == key)).execute()


def _at(intake: Intake, did: Did) -> int:
    """Returns when it happened by our own clock: so long ago as the browser says, within reason."""
    return intake.now - min(max(did.ago * MILLISECOND, 0), OLDEST)


def _visit(intake: Intake, visitor: Visitor, batch: Batch) -> None:
    """Writes the visit: it begins with the earliest of what is told of it and ends, so far, with the latest."""
    if not batch.events:
        return
    steps = sorted(
        ((_at(intake, did), plain_page(did.page)) for did in batch.events), key=lambda step: step[0]
    )
    (first_at, first), (last_at, last) = steps[0], steps[-1]
    visit = _visit_row(intake, visitor, batch, steps)
    news: dict[str, Any] = {"pages": _pages(intake, visit.id, {page for _, page in steps})}
    if first_at < visit.at:
        news |= {"at": first_at, "first_page": first}
    if last_at >= visit.page_at:
        news |= {"last_at": last_at, "page_at": last_at, "last_page": last}
    bulk.update(intake.store, Visit, tuple(news), [(*news.values(), visit.id)])


def _visit_row(intake: Intake, visitor: Visitor, batch: Batch, steps: list[tuple[int, str]]) -> Visit:
    """Returns the visit, new where there is none; nobody else writes it while its visitor is held."""
    mine = (Visit.visitor == visitor.id) & (Visit.key == batch.visit)
    found: Visit | None = Visit.select(Visit.id, Visit.at, Visit.page_at).where(mine).first()
    (first_at, first), (last_at, last) = steps[0], steps[-1]
    made: Visit = found or Visit.create(
        shop=intake.shop_id, visitor=visitor.id, customer=visitor.customer_id, key=batch.visit, at=first_at,
        last_at=last_at, page_at=last_at, recorded_at=intake.now, device=batch.device,
        source=batch.source or batch.site or None, medium=batch.medium or None, campaign=batch.campaign or None,
        first_page=first, last_page=last,
    )  # fmt: skip
    return made


def _pages(intake: Intake, visit: int, pages: set[str]) -> int:
    """Notes the pages of a visit and returns how many they are; of a visit without end only the first are told apart."""
    known = {page for (page,) in bulk.fetch(intake.store, VisitPage, ("page",), "visit_id", [visit])}
    fresh = sorted(pages - known)[: max(0, MOST_PAGES - len(known))]
    rows = [(visit, page) for page in fresh]
    bulk.insert(intake.store, VisitPage, ("visit_id", "page"), rows, ignore=True)
    return len(known) + len(fresh)


def _is_fact(did: Did) -> bool:
    """Says whether rules may ask for it: a page without a product is only a step of the visit."""
    return did.did in ("cart", "search") or (did.did == "view" and did.product is not None)


def _facts(intake: Intake, visitor: Visitor, events: list[Did]) -> int:
    """Writes what is not known yet and returns how many that were; each is known by the browser's own number of it."""
    told = {f"{visitor.key}:{did.id}": did for did in events if _is_fact(did)}
    known = bulk.fetch(intake.store, Event, ("external_id",), "external_id", told, intake.shop_id)
    fresh = {name: did for name, did in told.items() if (name,) not in set(known)}
    columns = ("external_id", "category", "brand", "price_minor")
    goods = {did.product for did in fresh.values() if did.product}
    shelf = {row[0]: row[1:] for row in bulk.fetch(
        intake.store, Product, columns, "external_id", goods, intake.shop_id)}  # fmt: skip
    rows = [_row(intake, visitor, name, did, shelf.get(did.product or "")) for name, did in fresh.items()]
    bulk.insert(intake.store, Event, EVENT, rows, ignore=True)
    if visitor.customer_id:
        intake.changes.update((visitor.customer_id, row[EVENT.index("at")]) for row in rows)
    return len(rows)


def _row(
    intake: Intake, visitor: Visitor, name: str, did: Did, known: tuple[Any, ...] | None
) -> tuple[Any, ...]:
    """Makes the fact; what the shop's own list says of a product goes before what a page says of it, prices above all."""
    category, brand, price = known or (None, None, None)
    said = {"words": did.words} if did.words else {}
    return (
        intake.shop_id, visitor.customer_id, visitor.key, name, FACTS[did.did], _at(intake, did), intake.now, did.product,
        category or did.category, brand or did.brand, price, did.quantity,
        json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
    )  # fmt: skip
