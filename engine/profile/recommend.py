"""Which products a mail shows beside what somebody bought: bought together with it, else best-sellers of its kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from peewee import fn

from engine.clock import DAY
from engine.consent.granted import granted
from engine.profile.best_sellers import best_sellers, in_stock
from engine.profile.together import find_together, worked_out
from models import Event, Line, Product, Together

DEFAULT_COUNT, MOST = 3, 20
SEEDS = 20  # products that others are sought for
RECENT = 30 * DAY  # how long a look or a cart says what somebody is interested in
CANDIDATES = 60
OFFERED = ("price_dropped", "back_in_stock")
SMALL = 2_000  # lines of a shop, up to which there is no need to work anything out beforehand


class AboutCustomer(Protocol):
    """Whoever is to be shown products: a row of the outbox or a Draft."""

    @property
    def shop_id(self) -> int:
        """Returns whose customer it is."""

    @property
    def customer_id(self) -> int:
        """Returns who it is."""

    @property
    def anchors(self) -> Sequence[Mapping[str, Any]]:
        """Returns what the mail is about, latest first."""


def recommended(mail: AboutCustomer, wanted: Mapping[str, Any] | bool, now: int) -> list[Product]:
    """Returns products to show beside what was bought, viewed or put into the cart; none without consent to marketing.

    Never one that the customer has ever bought, nor one of those it starts from, nor one that is known to be out of
    stock. Showing products in a mail about an order is marketing of its own (Polish PKE art. 398, and WP.pl's rules for
    senders), so the order's mail goes out without them where there is no consent.
    """
    if not granted(mail.customer_id, "marketing", now):
        return []
    asked = wanted if isinstance(wanted, Mapping) else {}
    count = min(int(asked.get("count", DEFAULT_COUNT)), MOST)
    seeds = _seeds(mail, str(asked.get("to", "bought")), now)
    if not seeds:
        return []
    owned = _owned(mail.customer_id, now) | set(seeds)
    likely = [product for product in _likely(mail.shop_id, seeds, now) if product not in owned]
    found = in_stock(mail.shop_id, likely, count)
    if len(found) < count:
        found += _best_of_the_rest(
            mail, seeds, owned | {row.external_id for row in found}, now, count - len(found)
        )
    return found


# --- where to start from --------------------------------------------------------------------------------


def _seeds(mail: AboutCustomer, to: str, now: int) -> list[str]:
    """Lists the products to start from: of the anchors, else what the customer bought, viewed or carted last."""
    own = [
        str(anchor["product"]) for anchor in mail.anchors if anchor.get("product") and _is_about(anchor, to)
    ]
    orders = (
        [anchor["order_id"] for anchor in mail.anchors if anchor.get("order_id")] if to == "bought" else []
    )
    found = dict.fromkeys([*own, *_of_orders(orders)][:SEEDS])
    return list(found) or (_bought_last(mail, now) if to == "bought" else _looked_at(mail, to, now))


def _is_about(anchor: Mapping[str, Any], to: str) -> bool:
    """Says whether an anchor's product is one to start from: a price that dropped is about what was looked at."""
    kind = anchor.get("kind")
    return kind in (to, *OFFERED) or (to == "bought" and bool(anchor.get("order_id")))


def _of_orders(orders: Sequence[int]) -> list[str]:
    rows = (
        Line.select(Line.product).where(Line.order << list(orders)).order_by(Line.id).limit(SEEDS)
        if orders
        else ()
    )
    return [row.product for row in rows]


def _bought_last(mail: AboutCustomer, now: int) -> list[str]:
    mine = (
        (Line.customer == mail.customer_id)
        & (Line.at <= now)
        & (Line.recorded_at <= now)
        & Line.void_at.is_null()
    )
    rows = Line.select(Line.product).where(mine).order_by(Line.at.desc(), Line.id).limit(SEEDS)
    return list(dict.fromkeys(row.product for row in rows))


def _looked_at(mail: AboutCustomer, kind: str, now: int) -> list[str]:
    mine = (
        (Event.customer == mail.customer_id)
        & (Event.kind == kind)
        & (Event.at > now - RECENT)
        & (Event.at <= now)
    )
    rows = Event.select(Event.product).where(mine, Event.product.is_null(False), Event.recorded_at <= now)
    return list(dict.fromkeys(row.product for row in rows.order_by(Event.at.desc(), Event.id).limit(SEEDS)))


# --- what goes with it ----------------------------------------------------------------------------------


def _likely(shop: int, seeds: Sequence[str], now: int) -> list[str]:
    """Lists what goes with the seeds, what goes best with most of them first."""
    if worked_out(shop) is not None:
        weight = fn.SUM(Together.weight)
        mine = (Together.shop == shop) & (Together.product << list(seeds))
        rows = Together.select(Together.other, weight).where(mine).group_by(Together.other)
        return [other for other, _ in rows.order_by(weight.desc(), Together.other).limit(CANDIDATES).tuples()]
    if Line.select(Line.id).where(Line.shop == shop).offset(SMALL).limit(1).exists():
        return []  # too much to add up for one mail: best-sellers do until the first night
    weights: dict[str, int] = {}
    for _, other, weight in find_together(shop, now, seeds):
        weights[other] = weights.get(other, 0) + weight
    return sorted(weights, key=lambda other: (-weights[other], other))[:CANDIDATES]


def _owned(customer: int, now: int) -> set[str]:
    mine = Line.select(Line.product).where(Line.customer == customer, Line.recorded_at <= now)
    return {product for (product,) in mine.tuples()}


def _best_of_the_rest(
    mail: AboutCustomer, seeds: Sequence[str], shown: set[str], now: int, count: int
) -> list[Product]:
    """Fills up with best-sellers of the seeds' categories."""
    categories = _categories(mail, seeds)
    return best_sellers(mail.shop_id, shown, categories, now, count)


def _categories(mail: AboutCustomer, seeds: Sequence[str]) -> list[str]:
    """Lists the categories in which the seeds were bought, else those that they have in the shop."""
    orders = [anchor["order_id"] for anchor in mail.anchors if anchor.get("order_id")]
    if orders:
        rows = Line.select(Line.category).where(Line.order << orders, Line.category.is_null(False)).distinct()
        found = sorted(row.category for row in rows.limit(20))
        if found:
            return found
    here = (
        (Product.shop == mail.shop_id)
        & (Product.external_id << list(seeds))
        & Product.category.is_null(False)
    )
    return sorted({row.category for row in Product.select(Product.category).where(here)})
