"""A Shopify: it tells until it is heard, eight times more, often twice, in no order, and for a while with two secrets."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.web.webhooks.shops import SHOPIFY, shopify_order, signature

RETRIES = 8
Send = Callable[[dict[str, str], bytes], int]


class FakeShopify:
    """One shop. `at` is its clock in seconds; what it has to tell lies in `outgoing`, each with how often it failed."""

    def __init__(self, at: int, rolls: random.Random) -> None:
        self.at, self.rolls = at, rolls
        self.secrets = [SHOPIFY]  # after a rotation both are in use for an hour
        self.orders: dict[int, dict[str, Any]] = {}
        self.outgoing: list[tuple[str, bytes, int]] = []
        self.lost: list[str] = []

    def place(self, number: int) -> None:
        """Somebody orders; their cart and their checkout have gone before."""
        who = f"buyer{number % 5}@example.com"
        lines = [{"product_id": 632910392, "title": "IPod", "vendor": "Apple", "quantity": 2}]
        cart = {"token": f"c-{number}", "updated_at": self._now(), "line_items": lines}
        self.tell("carts/update", cart)
        self.at += 30
        self.tell(
            "checkouts/create",
            cart
            | {"token": f"k-{number}", "cart_token": f"c-{number}", "email": who, "updated_at": self._now()},
        )
        self.at += 30
        customer = {"id": 5000 + number % 5, "email": who, "first_name": "Jan"}
        self.orders[number] = shopify_order(
            number,
            created_at=self._now(),
            updated_at=self._now(),
            email=who,
            customer=customer,
            financial_status="pending",
        )
        self.tell("orders/create", self.orders[number])

    def change(self, number: int, topic: str = "orders/updated", **said: Any) -> None:
        """The order is changed; `orders/updated` goes with whatever else is told of it."""
        self.orders[number] |= {"updated_at": self._now(), **said}
        for each in {topic, "orders/updated"}:
            self.tell(each, self.orders[number])

    def refund(self, number: int, refund: int) -> None:
        """A piece comes back, with its money."""
        made = {
            "id": refund, "order_id": number, "created_at": self._now(),
            "refund_line_items": [{"id": 1, "quantity": 1, "line_item": {"product_id": 632910392, "title": "IPod Nano"}}],
            "transactions": [{"kind": "refund", "status": "success", "amount": "10.00", "currency": "PLN"}],
        }  # fmt: skip
        self.tell("refunds/create", made)
        self.change(
            number, refunds=[*self.orders[number]["refunds"], made], financial_status="partially_refunded"
        )

    def tell(self, topic: str, sent: dict[str, Any]) -> None:
        """Puts a message among those that wait, sometimes twice."""
        for _ in range(self.rolls.choice((1, 1, 2))):
            self.outgoing.append((topic, json.dumps(sent).encode(), 0))

    def _now(self) -> str:
        return datetime.fromtimestamp(self.at, UTC).isoformat()

    def deliver(self, send: Send, some: int = 10**6) -> None:
        """Tells some of what waits, in any order; what is not heard within its seconds waits to be told again."""
        self.rolls.shuffle(self.outgoing)
        now, self.outgoing = self.outgoing[:some], self.outgoing[some:]
        for topic, body, failures in now:
            headers = {
                "X-Shopify-Topic": topic, "X-Shopify-Hmac-Sha256": signature(body, self.rolls.choice(self.secrets)),
                "X-Shopify-Webhook-Id": f"w{self.rolls.randrange(9)}", "X-Shopify-Shop-Domain": "optyk.myshopify.com",
            }  # fmt: skip
            if send(headers, body) == 200:
                continue
            if failures < RETRIES:
                self.outgoing.append((topic, body, failures + 1))
            else:
                self.lost.append(topic)
