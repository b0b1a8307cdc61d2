"""Keeps what a shop system's message comes to: all of it or nothing, whatever kinds of items it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine import bulk
from engine.clock import moment
from engine.config import Config
from engine.errors import IntakeError
from engine.intake.accepting import Accepted, begin
from engine.intake.carts import put_in
from engine.intake.connectors.told import Item, Told
from engine.intake.consents import accept_consents
from engine.intake.customers import accept_customers
from engine.intake.events import accept_events
from engine.intake.gone import bring_back, take_away
from engine.intake.orders import accept_orders
from engine.intake.products import accept_products
from engine.intake.refunds import accept_refunds
from engine.store import Store
from models import Product, Refund, Shop

Accept = Callable[[Store, Config, Shop, list[Item], int, bool], Accepted]


def keep(store: Store, config: Config, shop: Shop, told: Told, now: int, history: bool = False) -> Accepted:
    """Keeps every item in one transaction; raises IntakeError with the fields of our own shapes that do not fit.

    `history` takes items as learned when they happened, and wakes no rule.
    """
    try:
        return bulk.in_transaction(store, lambda: _kept(store, config, shop, told, now, history))
    except IntakeError as error:
        raise _placed(error, told.base) from None


def _placed(error: IntakeError, base: str) -> IntakeError:
    """Makes pointers lead to where the shop wrote an item, and not into our own list."""
    if base == "*":
        return error
    found = []
    for pointer, detail in error.problems:
        _, number, *inner = pointer.split("/", 2)
        found.append(("/".join([base.replace("*", number), *inner]), detail))
    return IntakeError(f"{len(found)} problem(s): {found[0][0]}: {found[0][1]}", found)


def _kept(store: Store, config: Config, shop: Shop, told: Told, now: int, history: bool) -> Accepted:
    intake = begin(store, config, shop, now, history)
    gone = take_away(intake, told.gone_order).outcomes if told.gone_order else ()
    if told.back_order:
        bring_back(intake, told.back_order, told.orders[0].get("updated_at") if told.orders else None)
    events = told.events + put_in(shop, told.carts, now)
    refunds = _news(shop, told.refunds) + told.exact_refunds
    products = told.products + _sold_out(shop, told.gone_product, now)
    parts: tuple[tuple[Accept, list[Any]], ...] = (
        (accept_products, products), (accept_customers, told.customers),
        (accept_orders, told.orders), (accept_refunds, refunds),
        (accept_consents, told.consents), (accept_events, events),
    )  # fmt: skip
    done = [accept(store, config, shop, items, now, history) for accept, items in parts if items]
    return Accepted((*gone, *(outcome for each in done for outcome in each.outcomes)))


def _news(shop: Shop, refunds: list[Item]) -> list[Item]:
    """Leaves out refunds that are known: a shop system repeats them with every change of their order."""
    ids = [item["id"] for item in refunds if isinstance(item.get("id"), str)]  # of others the shape will tell
    known = {row[0] for row in Refund.select(Refund.external_id).where(
        (Refund.shop == shop.id) & Refund.external_id.in_(ids)).tuples()} if ids else set()  # fmt: skip
    return [item for item in refunds if not isinstance(item.get("id"), str) or item["id"] not in known]


def _sold_out(shop: Shop, number: str | None, now: int) -> list[Item]:
    """Returns a version of a product that the shop has deleted: it is known, and cannot be had any more."""
    known = number is not None and Product.select().where(
        (Product.shop == shop.id) & (Product.external_id == number)).exists()  # fmt: skip
    return [{"id": number, "stock": 0, "updated_at": moment(now).isoformat()}] if known else []
