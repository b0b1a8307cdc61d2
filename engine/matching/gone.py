"""Why a held candidate is no more: its order counts as never placed, or its rule does not begin with that any more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.matching.view import chunks
from engine.prepared import prepared
from models import Line, Order

RULE_OFF, ORDER_VOID, NOT_BEGUN = "rule_off", "order_void", "not_begun"
OF_ORDERS = ("ordered", "delivered")
OF_LINES = ("bought", "runs_out")


def why_gone(anchors: Iterable[str], now: int) -> dict[str, str]:
    """Says of each anchor that its acting rule no longer finds: ORDER_VOID, or NOT_BEGUN where its order still counts.

    The latter is what an edited rule leaves behind, or a fact that was told anew.
    """
    named = {anchor: _order_of(anchor) for anchor in anchors}
    orders = sorted({order for order, _ in named.values() if order})
    void: set[tuple[int, str | None]] = set()
    for chunk in chunks(orders):
        void |= {(order, None) for (order,) in _void_orders(chunk, now)}
        void |= {(order, product) for order, product in _void_lines(chunk, now)}
    return {
        anchor: ORDER_VOID if {(order, None), (order, product)} & void else NOT_BEGUN
        for anchor, (order, product) in named.items()
    }


def _order_of(anchor: str) -> tuple[int, str | None]:
    """Returns the order, and the product, that an anchor is named by; 0 where it is named by neither."""
    kind, _, rest = anchor.partition(":")
    if kind in OF_ORDERS:
        return int(rest), None
    order, _, product = rest.partition(":")
    return (int(order), product) if kind in OF_LINES else (0, None)


@prepared
def _void_orders(orders: Any, now: Any) -> Any:
    o = Order
    return o.select(o.id).where(o.id.in_(orders), o.void_at <= now, o.void_recorded_at <= now)


@prepared
def _void_lines(orders: Any, now: Any) -> Any:
    line = Line
    gone = (line.void_at <= now) & (line.void_recorded_at <= now)
    return line.select(line.order, line.product).where(line.order.in_(orders), gone)
