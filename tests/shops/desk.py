"""A shop here that asks a shop there: one store, one clock, and what of the other's orders has become a fact."""

from __future__ import annotations

import threading
from typing import Any

from engine.clock import SECOND
from engine.config import Config
from engine.config_shops import Pull, PullBaseLinker, PullWooCommerce
from engine.intake.pulling.run import ALL, take_turn
from engine.intake.pulling.turn import Turn
from engine.store import Store
from models import Customer, Line, Order, Refund, RefundLine
from tests.shops.fake_woo import KEY, SECRET
from tests.web.webhooks.shops import HOOKED, Systems


def asking(**systems: Any) -> Config:
    """The configuration of a shop that asks."""
    shop = HOOKED.shops[0].model_copy(update={"pull": Pull(**systems)})
    return HOOKED.model_copy(update={"shops": (shop,)})


def woo_at(url: str, **said: Any) -> Config:
    """The configuration of a shop that asks a WooCommerce."""
    return asking(woocommerce=PullWooCommerce(url=url, key=KEY, secret=SECRET, **said))


def baselinker_at(url: str, **said: Any) -> Config:
    """The configuration of a shop that asks a BaseLinker."""
    return asking(baselinker=PullBaseLinker(token="token-0123456789", url=f"{url}/connector.php", **said))


class Asker(Systems):
    """Posts what shop systems post, and asks them."""

    def __init__(self, store: Store, config: Config) -> None:
        super().__init__(store)
        self.config = config

    def ask(self, name: str, **said: Any) -> Turn:
        """Takes one turn now, as the command does."""
        said = {"most": ALL, "early": True} | said
        turn = take_turn(self.store, self.config, self.shop, name, self.clock.now, threading.Event(), **said)
        assert turn is not None
        return turn

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Takes a webhook of the WooCommerce and returns the status."""
        answer = self.client.post(
            "/webhooks/optica/woocommerce", data=body, content_type="application/json", headers=headers
        )
        return answer.status_code

    def pass_seconds(self, seconds: int) -> None:
        """Lets time pass here."""
        self.clock.at += seconds * SECOND


def facts() -> dict[str, Any]:
    """What is known of all orders, as the store holds it, without what depends on when it was told."""
    orders = {}
    for order in Order.select().order_by(Order.external_id):
        buyer = Customer.get_by_id(order.customer_id)
        orders[order.external_id] = {
            "status": order.status, "at": order.at, "total": order.total_minor, "coupon": order.coupon,
            "buyer": buyer.email, "delivered_at": order.delivered_at, "void": order.void_at is not None,
            "lines": _lines(order), "refunds": _refunds(order),
        }  # fmt: skip
    return orders


def _lines(order: Order) -> list[tuple[Any, ...]]:
    rows = Line.select().where(Line.order == order.id).order_by(Line.product)
    return [(row.product, row.quantity, row.price_minor, row.refunded_quantity) for row in rows]


def _refunds(order: Order) -> list[tuple[Any, ...]]:
    found = []
    for row in Refund.select().where(Refund.external_order == order.external_id).order_by(Refund.external_id):
        pieces = RefundLine.select(RefundLine.product, RefundLine.quantity).where(RefundLine.refund == row.id)
        found.append((row.external_id, row.amount_minor, row.at, sorted(pieces.tuples())))
    return found
