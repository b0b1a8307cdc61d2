"""When what a customer bought is used up: reckoned at intake, so that matching finds it by index like any other moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from engine import bulk, calendar
from engine.store import Store
from models import SUPPLIES_TO_DATE, Change, Customer, Line, Product, Setting

LONGEST_DAYS = 36_500  # what lasts longer than a lifetime never runs out
COLUMNS = ("runs_out_at", "runs_out_recorded_at")
REDATES = 0
Supply = tuple[int | None, int | None]  # runs_out_at, and since when that is known
NEVER: Supply = (None, None)
AT_ONCE = 20_000  # rows read before their new dates are written


_shift = lru_cache(maxsize=4096)(calendar.shift)  # lines of one order often last equally long


def ends_at(at: int, lasts_days: int | None, pieces: int, zone: str) -> int | None:
    """Returns the moment at which so many pieces bought at `at` are used up, in calendar days of the zone; None: never."""
    days = (lasts_days or 0) * pieces
    return _shift(at, days, "days", zone) if 0 < days <= LONGEST_DAYS else None


def supply(
    at: int,
    lasts_days: int | None,
    quantity: int,
    refunded: int,
    zone: str,
    since: int | None,
    learned_at: int,
) -> Supply:
    """Returns what a line says of its end; `since` is when an end of it was first known, if one is."""
    left = quantity - refunded
    end = ends_at(at, lasts_days, left if left > 0 else quantity, zone)
    return NEVER if end is None else (end, learned_at if since is None else since)


def date_anew(store: Store, shop_id: int, which: Any, learned: Callable[[int], int]) -> set[tuple[int, int]]:
    """Dates the lines that `which` names as their products and customers are now, and returns the changes that makes.

    `learned` tells from a line's own `recorded_at` since when an end that was not known before is known.
    """
    changes: set[tuple[int, int]] = set()
    for rows in _pieces(_asked(shop_id, which)):
        updates = []
        for id_, customer, at, quantity, refunded, recorded_at, zone, lasts_days, *old in rows:
            new = supply(at, lasts_days, quantity, refunded, zone, old[1], learned(recorded_at))
            if new[0] != old[0]:
                updates.append((*new, id_))
                changes.add((customer, REDATES))
        bulk.update(store, Line, COLUMNS, updates)
    return changes


def _asked(shop_id: int, which: Any) -> Any:
    product = (Product.shop == Line.shop) & (Product.external_id == Line.product)
    return (
        Line.select(
            Line.id, Line.customer, Line.at, Line.quantity, Line.refunded_quantity, Line.recorded_at, Customer.zone,
            Product.lasts_days, Line.runs_out_at, Line.runs_out_recorded_at,
        )
        .join(Customer, on=(Customer.id == Line.customer))
        .join(Product, on=product)
        .where((Line.shop == shop_id) & which & (Product.lasts_days.is_null(False) | Line.runs_out_at.is_null(False)))
    )  # fmt: skip


def _pieces(query: Any) -> Iterator[list[tuple[Any, ...]]]:
    """Reads so many rows at a time, by their numbers, so that a best-seller of ten years fits into memory."""
    last = 0
    while rows := list(query.where(Line.id > last).order_by(Line.id).limit(AT_ONCE).tuples()):
        yield rows
        last = rows[-1][0]


def date_products(
    store: Store, shop_id: int, products: Iterable[str], learned: Callable[[int], int]
) -> set[tuple[int, int]]:
    """Dates all lines of products whose `lasts` has changed; see `date_anew`."""
    changes: set[tuple[int, int]] = set()
    for product in sorted(products):
        changes |= date_anew(store, shop_id, Line.product == product, learned)
    return changes


def date_after_upgrade(store: Store, now: int) -> None:
    """Dates, once, what was bought before this server knew what runs out; nobody is written to about what is past."""
    if Setting.delete().where(Setting.name == SUPPLIES_TO_DATE).execute():
        shops = Product.select(Product.shop).where(Product.lasts_days.is_null(False)).distinct().tuples()
        for (shop_id,) in list(shops):
            date_anew(store, shop_id, Line.id > 0, lambda recorded_at: now)


def announce_moved(store: Store, shop_id: int, zone: str, now: int) -> None:
    """Dates anew what runs out in a zone to which config has moved customers."""
    there = Customer.select(Customer.id).where((Customer.shop == shop_id) & (Customer.zone == zone))
    changes = date_anew(store, shop_id, Line.customer.in_(there), lambda recorded_at: now)
    rows = [(shop_id, customer, at, now) for customer, at in sorted(changes)]
    bulk.insert(store, Change, ("shop_id", "customer_id", "at", "recorded_at"), rows)
