"""Two years of the demo shop: what each customer bought, returned, complained of and said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from engine.clock import DAY, HOUR
from engine.config import Config, ShopConfig
from engine.demo import catalogue
from engine.demo.catalogue import ITEMS, SHELVES, Item
from engine.demo.people import (
    BEAUTY,
    BOTH,
    LENSES,
    ONCE,
    SPECTACLES,
    Shopper,
    later,
    shoppers,
    waking_hour,
    written,
)

SEED = 20_261
CUSTOMERS = 2_000
COSMETICS = tuple(item for item in ITEMS if item.category.startswith("cosmetics/"))
CREAMS = tuple(item for item in COSMETICS if item.lasts_days)
Basket = list[tuple[Item, int]]


@dataclass(slots=True)
class History:
    """Everything that happened, in the shapes that intake takes; orders by their moment."""

    products: list[dict[str, Any]] = field(default_factory=list)
    customers: list[Shopper] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    consents: list[dict[str, Any]] = field(default_factory=list)


def make_history(config: Config, shop: ShopConfig, now: int, count: int = CUSTOMERS) -> History:
    """Makes up the shop's two years until `now`: the same for the same moment."""
    chance = Random(SEED)
    made = History(products=[item.as_product() for item in ITEMS])
    made.customers = list(shoppers(chance, count, config, shop, now))
    visits = [
        (at, shopper, basket) for shopper in made.customers for at, basket in _visits(chance, shopper, now)
    ]
    visits.sort(key=lambda visit: (visit[0], visit[1].id))
    for number, (at, shopper, basket) in enumerate(visits, 1):
        _order(chance, made, f"D{number:06d}", at, shopper, basket, now)
    made.consents = [_withdrawal(chance, one, now) for one in made.customers if _withdraws(chance, one, now)]
    return made


def _visits(chance: Random, shopper: Shopper, now: int) -> Iterator[tuple[int, Basket]]:
    """Draws when one customer came, and with what basket they left."""
    at, favourite = shopper.joined_at, _favourite(chance, shopper.habit)
    while at < now - HOUR:
        basket, days = _basket(chance, shopper.habit, favourite)
        yield at, basket
        if shopper.habit == ONCE or chance.random() < 0.09:  # nine in a hundred do not come back
            return
        at = later(chance, at, days, days / 5, shopper.zone)


def _favourite(chance: Random, habit: str) -> Item:
    return chance.choice(SHELVES[catalogue.LENSES] if habit in (LENSES, BOTH) else CREAMS)


def _basket(chance: Random, habit: str, favourite: Item) -> tuple[Basket, float]:
    """Fills a basket as somebody of that habit would, and says for how many days it will do."""
    if habit in (LENSES, BOTH):
        boxes = chance.choices([1, 2, 3, 4], [58, 27, 6, 9])[0]
        basket = [(favourite, boxes)]
        if chance.random() < 0.35:
            basket.append((chance.choice(SHELVES[catalogue.SOLUTIONS]), 1))
        if habit == BOTH and chance.random() < 0.5:
            basket.append((chance.choice(CREAMS), 1))
        return basket, 88.0 * min(boxes, 3)
    if habit == BEAUTY:
        jars = chance.choices([1, 2], [82, 18])[0]
        more = chance.sample(COSMETICS, k=chance.choice([0, 1, 1, 2]))
        return [(favourite, jars), *((item, 1) for item in more if item is not favourite)], 62.0 * jars
    if habit == SPECTACLES:
        frame = chance.choice(
            SHELVES[chance.choice([catalogue.FRAMES, catalogue.FRAMES, catalogue.SUNGLASSES])]
        )
        extra = [(chance.choice(SHELVES[catalogue.ACCESSORIES]), 1)] if chance.random() < 0.6 else []
        return [(frame, 1), *extra], 330.0
    return [(item, 1) for item in chance.sample(ITEMS, k=chance.choice([1, 1, 2]))], 0.0


def as_order(number: str, at: int, customer: dict[str, Any], basket: Basket, **more: Any) -> dict[str, Any]:
    """Returns a basket as `POST /api/v1/orders` takes it."""
    total = sum((Decimal(item.price) * pieces for item, pieces in basket), Decimal(0))
    return {
        "id": number, "placed_at": written(at), "updated_at": written(at), "status": "paid", "currency": "PLN",
        "total": str(total), "channel": "web", "customer": customer,
        "lines": [item.as_line(pieces) for item, pieces in basket], **more,
    }  # fmt: skip


def _order(
    chance: Random, made: History, number: str, at: int, who: Shopper, basket: Basket, now: int
) -> None:
    """Adds an order with what became of it."""
    shipped_at, delivered_at = at + chance.randrange(6, 40) * HOUR, at + chance.randrange(44, 120) * HOUR
    fate, more = chance.random(), {}
    if fate < 0.02 and at + 3 * HOUR < now:
        more = {
            "status": "cancelled",
            "cancelled_at": written(at + 3 * HOUR),
            "updated_at": written(at + 3 * HOUR),
        }
    elif delivered_at < now:
        more = {"status": "delivered", "shipped_at": written(shipped_at), "delivered_at": written(delivered_at),
                "updated_at": written(delivered_at)}  # fmt: skip
    elif shipped_at < now:
        more = {"status": "shipped", "shipped_at": written(shipped_at), "updated_at": written(shipped_at)}
    if chance.random() < 0.06:
        more["coupon"] = chance.choice(["WIOSNA10", "POWROT", "SOCZEWKI5"])
    made.orders.append(as_order(number, at, who.named, basket, **more))
    if more.get("status") == "delivered":
        _aftermath(chance, made, number, delivered_at, who, basket[0][0], now)


def _aftermath(
    chance: Random, made: History, number: str, at: int, who: Shopper, item: Item, now: int
) -> None:
    """Adds what some do after a parcel has come: return it, praise it, complain of it."""
    fate, customer = chance.random(), {"id": who.id}
    then = waking_hour(chance, at + chance.randrange(2, 9) * DAY, who.zone)
    if then >= now:
        return
    said = {"customer": customer, "at": written(then), "order": number}
    if fate < 0.02:
        pieces = [{"product": item.id, "quantity": 1}]
        made.refunds.append({"id": f"Z-{number}", "order": number, "at": written(then), "lines": pieces})
    elif fate < 0.08:
        rating = chance.choices([5, 4, 3, 2], [60, 28, 8, 4])[0]
        made.events.append({"id": f"R-{number}", "kind": "reviewed", "product": item.id,
                            "properties": {"rating": rating}, **said})  # fmt: skip
    elif fate < 0.095:
        made.events.append({"id": f"C-{number}", "kind": "complained", "topic": "delivery", **said})
        closed = then + chance.randrange(1, 6) * DAY
        if closed < now:
            made.events.append({"id": f"CC-{number}", "kind": "complaint_closed", "complaint": f"C-{number}",
                                "customer": customer, "at": written(closed)})  # fmt: skip


def _withdraws(chance: Random, who: Shopper, now: int) -> bool:
    return "consent" in who.shape and who.joined_at < now - 20 * DAY and chance.random() < 0.04


def _withdrawal(chance: Random, who: Shopper, now: int) -> dict[str, Any]:
    at = who.joined_at + int((now - who.joined_at) * chance.uniform(0.2, 0.98))
    return {
        "customer": {"id": who.id},
        "purpose": "marketing",
        "granted": False,
        "at": written(at),
        "source": "account",
    }
