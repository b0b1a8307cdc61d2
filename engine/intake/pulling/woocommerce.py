"""WooCommerce, asked for the orders that have changed: it tells nothing twice, and nothing that its queue has lost.

Source: WooCommerce's REST API reference, `GET /wc/v3/orders` (`modified_after` since 5.8). Pages go by the moment of change
and not by number, for an order that changes meanwhile would let another slip from one numbered page to the one before.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from engine import bulk
from engine.clock import DAY, MINUTE, SECOND, instant, moment
from engine.config_shops import PullWooCommerce
from engine.intake.connectors.told import listed, number_of
from engine.intake.connectors.woocommerce import DETAILS
from engine.intake.gone import deleted_before_known, is_ours
from engine.intake.pulling.asking import NotAnswered, ask
from engine.intake.pulling.turn import Message, Turn
from models import Order

PAGE = 100
STEP = 50  # within one second of changes: half a page, so that none slips between two
KINDS = ("any", "trash")  # `any` leaves out what lies in the trash
FIRST = DAY  # how far the first question looks back


def pull(turn: Turn, settings: PullWooCommerce) -> None:
    """Asks for everything that has changed since the last time, and some minutes before; raises NotAnswered."""
    for kind in KINDS:
        while turn.done and _page(turn, settings, kind):
            pass


def begin_at(place: dict[str, Any], since: int) -> dict[str, Any]:
    """Returns the place from which all that has changed since a moment is asked for again."""
    kinds = {
        kind: {"seen": place.get(kind, {}).get("seen", since), "after": since, "offset": 0} for kind in KINDS
    }
    return place | kinds


def _page(turn: Turn, settings: PullWooCommerce, kind: str) -> bool:
    """Takes one page; says whether another is to follow."""
    at = turn.place.get(kind) or {"seen": turn.now() - FIRST, "after": None, "offset": 0}
    after = at["after"] if at["after"] is not None else at["seen"] - settings.overlap_minutes * MINUTE
    if not turn.may_ask():
        return False
    orders = _orders(_ask(settings, "orders", _query(kind, after, at["offset"])))
    changed = [_changed(order) for order in orders]
    if changed != sorted(changed):
        raise NotAnswered(
            "the shop does not list orders by their change",
            remedy="WooCommerce 5.8 or newer can be asked; bring it up to date",
        )
    messages = _messages(turn, settings, orders)
    full, seen = len(orders) == PAGE, max([at["seen"], *changed])
    further: dict[str, Any] = {"seen": seen, "after": None, "offset": 0}
    if full and changed[-1] - SECOND > after:
        further["after"] = changed[-1] - SECOND
    elif full:
        further |= {"after": after, "offset": at["offset"] + STEP}
    turn.keep(messages, turn.place | {kind: further})
    return full


def _messages(turn: Turn, settings: PullWooCommerce, orders: list[Any]) -> list[Message]:
    """Puts beside each order what its refunds themselves say: when each was made, and what came back."""
    found, overruled = [], _overruled(turn, orders)
    for order in orders:
        if number_of(order.get("id"), "/id") in overruled:
            order = {**order, "date_modified_gmt": overruled[number_of(order["id"], "/id")]}
        if listed(order.get("refunds"), "/refunds"):
            turn.spend()
            number = number_of(order.get("id"), "/id")
            details = _ask(settings, f"orders/{number}/refunds", {"per_page": PAGE})
            order = {**order, DETAILS: details if isinstance(details, list) else []}
        found.append(("order.updated", order))
    return found


def _overruled(turn: Turn, orders: list[Any]) -> dict[str, str]:
    """Returns a later moment for orders that we have cancelled because a message said `deleted`, and no more than that.

    Whatever the shop answers is so now, be it that the order was taken out of the trash again.
    """
    changed = {number_of(order.get("id"), "/id"): _changed(order) for order in orders}
    known = bulk.fetch(turn.store, Order, ("external_id", "updated_at"), "external_id", changed, turn.shop.id)
    known += deleted_before_known(turn.store, turn.shop.id, changed)
    return {
        number: moment(at + SECOND).isoformat() for number, at in known if is_ours(at) and at > changed[number]
    }  # fmt: skip


def _ask(settings: PullWooCommerce, path: str, query: dict[str, Any]) -> Any:
    pair = base64.b64encode(f"{settings.key}:{settings.secret}".encode()).decode()
    return ask(f"{settings.url}/wp-json/wc/v3/{path}?{urlencode(query)}", {"Authorization": f"Basic {pair}"})


def _query(kind: str, after: int, offset: int) -> dict[str, Any]:
    return {
        "modified_after": f"{moment(after).astimezone(UTC):%Y-%m-%dT%H:%M:%S}", "dates_are_gmt": "true", "status": kind,
        "orderby": "modified", "order": "asc", "per_page": PAGE, "offset": offset,
    }  # fmt: skip


def _orders(answer: Any) -> list[Any]:
    if not isinstance(answer, list) or not all(isinstance(each, dict) for each in answer):
        raise NotAnswered(
            "the shop answers with something that is no list of orders",
            remedy="see whether the address is right",
        )
    return answer


def _changed(order: dict[str, Any]) -> int:
    said = str(order.get("date_modified_gmt") or order.get("date_created_gmt") or "")
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        raise NotAnswered(f"order {order.get('id')} does not say when it was changed") from None
    return instant(found if found.tzinfo else found.replace(tzinfo=UTC))
