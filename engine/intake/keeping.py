"""Keeps what a shop system's message comes to: all of it or nothing, whatever kinds of items it holds."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine import bulk
from engine.clock import SECOND, moment
from engine.config import Config
from engine.errors import IntakeError
from engine.intake.accepting import Accepted
from engine.intake.carts import put_in
from engine.intake.connectors.told import Item, Told
from engine.intake.consents import accept_consents
from engine.intake.customers import accept_customers
from engine.intake.events import accept_events
from engine.intake.orders import accept_orders
from engine.intake.products import accept_products
from engine.intake.reading import precision
from engine.intake.refunds import accept_refunds
from engine.store import Store
from models import Customer, Line, Order, Product, Refund, Shop

MARK = 1  # microsecond: shop systems tell their moments in seconds or thousandths
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
    gone = [_cancelled(shop, told.gone_order, now)] if told.gone_order else []
    events = told.events + put_in(shop, told.carts, now)
    refunds = _news(shop, told.refunds) + told.exact_refunds
    products = told.products + _sold_out(shop, told.gone_product, now)
    parts: tuple[tuple[Accept, list[Any]], ...] = (
        (accept_products, products), (accept_customers, told.customers),
        (accept_orders, told.orders + [item for item in gone if item]), (accept_refunds, refunds),
        (accept_consents, told.consents), (accept_events, events),
    )  # fmt: skip
    done = [accept(store, config, shop, items, now, history) for accept, items in parts if items]
    return Accepted(tuple(outcome for each in done for outcome in each.outcomes))


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


def _cancelled(shop: Shop, number: str, now: int) -> Item | None:
    """Returns a version of an order that the shop has deleted: as it is known, and cancelled from now on."""
    order = Order.get_or_none((Order.shop == shop.id) & (Order.external_id == number))
    if order is None or order.status == "cancelled":
        return None
    buyer = Customer.get_by_id(order.customer_id)
    who = {"id": buyer.external_id} if buyer.external_id is not None else {"email": buyer.email}
    lines = [
        {"product": line.product, "quantity": line.quantity, "price": _money(line.price_minor, shop)}
        for line in Line.select().where(Line.order == order.id).order_by(Line.id)
    ]  # fmt: skip
    return {
        "id": number, "placed_at": moment(order.at).isoformat(),
        "updated_at": moment(_ours(max(now, order.updated_at))).isoformat(),
        "status": "cancelled", "total": _money(order.total_minor, shop), "customer": who, "lines": lines,
    } | {name: said for name in ("coupon", "channel") if (said := getattr(order, name)) is not None}  # fmt: skip


def _ours(at: int) -> int:
    """Marks a version's moment as one that we have given it: no shop system's own ends so."""
    return at - at % SECOND + SECOND + MARK


def is_ours(updated_at: int) -> bool:
    """Says whether a version's moment is one that we have given it, because the shop had said none."""
    return updated_at % SECOND == MARK


def _money(amount_minor: int, shop: Shop) -> str:
    return str(Decimal(amount_minor).scaleb(-precision(shop.currency)))
