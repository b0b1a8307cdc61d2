"""A WooCommerce: it holds orders, tells of them once and never again, and answers who asks with its key."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.shops.listening import Answer
from tests.web.webhooks.shops import WOO, signature, woo_order

KEY, SECRET = "ck_0123456789abcdef", "cs_0123456789abcdef"
FAILURES = 5  # more in a row switch a webhook off
Send = Callable[
    [dict[str, str], bytes], int
]  # headers and body; returns the status, or 0 where nobody answers


class FakeWoo:
    """One shop. `at` is its clock in seconds; what it has to tell lies in `outgoing` until a test lets it go."""

    def __init__(self, at: int) -> None:
        self.at, self.secret = at, WOO
        self.orders: dict[int, dict[str, Any]] = {}
        self.refunds: dict[int, list[dict[str, Any]]] = {}
        self.outgoing: list[tuple[str, bytes]] = []
        self.failures, self.off = 0, False
        self.asked: list[dict[str, str]] = []
        self.broken: list[Answer] = []  # answers to give first

    def place(self, number: int, **said: Any) -> None:
        """Somebody orders."""
        now, lines = self._now(), said.pop("line_items", None)
        born = {"date_created_gmt": now, "date_modified_gmt": now, "status": "pending", "customer_id": 0}
        order = woo_order(number, **(born | said))
        self.orders[number] = order | ({"line_items": lines} if lines else {})
        self._tell("order.created", number)

    def change(self, number: int, **said: Any) -> None:
        """The order is changed, by the shop or by its payment."""
        done = {"date_completed_gmt": self._now()} if said.get("status") == "completed" else {}
        self.orders[number] |= {"date_modified_gmt": self._now(), **done, **said}
        self._tell("order.updated", number)

    def refund(self, number: int, refund: int, total: str, product: int | None = None) -> None:
        """Money goes back, and perhaps a piece of a product comes back."""
        lines = (
            []
            if product is None
            else [{"id": 9, "product_id": product, "quantity": -1, "total": f"-{total}"}]
        )
        made = {
            "id": refund,
            "date_created_gmt": self._now(),
            "amount": total,
            "reason": "",
            "line_items": lines,
        }
        self.refunds.setdefault(number, []).append(made)
        short = [
            {"id": each["id"], "reason": "", "total": f"-{each['amount']}"} for each in self.refunds[number]
        ]
        self.change(number, refunds=short)

    def trash(self, number: int) -> None:
        """The order goes into the trash, and all that is told of it is its number."""
        self.orders[number] |= {"date_modified_gmt": self._now(), "status": "trash"}
        self.outgoing.append(("order.deleted", json.dumps({"id": number}).encode()))

    def restore(self, number: int) -> None:
        """The order comes out of the trash; that it was deleted is told no more: it would be a new word."""
        word = ("order.deleted", json.dumps({"id": number}).encode())
        self.outgoing = [each for each in self.outgoing if each != word]
        self.change(number, status="processing")

    def _now(self) -> str:
        return f"{datetime.fromtimestamp(self.at, UTC):%Y-%m-%dT%H:%M:%S}"

    def _tell(self, topic: str, number: int) -> None:
        self.outgoing.append((topic, json.dumps(self.orders[number]).encode()))

    def deliver(self, number: int, send: Send) -> None:
        """Tells one of the things that wait: once, whatever comes of it; too many failures, and it tells nothing more."""
        topic, body = self.outgoing[number]
        if self.off:
            return
        headers = {
            "X-WC-Webhook-Topic": topic, "X-WC-Webhook-Signature": signature(body, self.secret),
            "X-WC-Webhook-Delivery-ID": f"hash-of-{self.at}", "User-Agent": "WooCommerce/9.4 Hookshot (WordPress/6.7)",
        }  # fmt: skip
        self.failures = 0 if 200 <= send(headers, body) < 303 else self.failures + 1
        self.off = self.failures > FAILURES

    def answer(self, path: str, query: dict[str, str], headers: dict[str, str], body: bytes) -> Answer:
        """Answers as `wc/v3` does."""
        self.asked.append(query)
        if self.broken:
            return self.broken.pop(0)
        pair = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        if headers.get("authorization") != f"Basic {pair}":
            return 401, {
                "code": "woocommerce_rest_cannot_view",
                "message": "Sorry, you cannot list resources.",
            }
        parts = path.removeprefix("/wp-json/wc/v3/orders").strip("/").split("/")
        if parts == [""]:
            return 200, self._page(query)
        return 200, copy.deepcopy(self.refunds.get(int(parts[0]), []))

    def _page(self, query: dict[str, str]) -> list[dict[str, Any]]:
        trash = query["status"] == "trash"
        found = [
            order for order in self.orders.values()
            if (order["status"] == "trash") == trash and order["date_modified_gmt"] > query["modified_after"]
        ]  # fmt: skip
        found.sort(key=lambda order: (order["date_modified_gmt"], order["id"]))
        offset = int(query["offset"])
        return copy.deepcopy(found[offset : offset + int(query["per_page"])])
