"""A shop with a live and a test key: orders over HTTP, rules that tick, and a relay on a real socket."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask

from engine.clock import MINUTE, Clock, moment
from engine.config import Config, read_config
from engine.delivery import mailroom
from engine.delivery.pool import Pool
from engine.delivery.sender import Sender
from engine.delivery.templates import Templates
from engine.intake.shops import make_test_shop, sync_shops
from engine.live import Live
from engine.store import Store
from engine.web.api.credentials import new_key
from engine.web.app import create_app
from models import Caught, Message
from tests.delivery.mails import SHIPPED
from tests.delivery.sink import Sink
from tests.intake.optica import NOW

RULES = """
- rule: thank-you
  purpose: transactional
  when: {ordered: any}
  send: thank-you
  once: per order
- rule: offer
  title: An offer
  note: Something that goes with it.
  when: {ordered: any}
  send: plain
  shops: [optyk]
"""


class Moving(Clock):
    """A clock that tests move."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> int:
        return self.at


class Both:
    """One server: what engine.cli.home.Home is, the two keys, and what a test does with them."""

    def __init__(self, store: Store, folder: Path, relay: int, **settings: Any) -> None:
        self.store, self.clock, self.path, self.key = store, Moving(), folder, b"k" * 32
        self.rules, self.templates = folder / "rules", SHIPPED.parent
        self.rules.mkdir()
        (self.rules / "rules.yaml").write_text(RULES, "utf-8")
        self.config = _config(relay, **settings)
        self.shop = sync_shops(store, self.config, NOW)["optyk"]
        self.live = Live(self)
        self.live.tick_all(NOW)
        self.test_shop = make_test_shop(store, self.config, "optyk", NOW)
        self.keys = {
            "live": new_key(self.shop.id, "shop", NOW),
            "test": new_key(self.test_shop.id, "shop", NOW),
        }
        self.app: Flask = create_app(self.config, store, self.clock)
        self.numbers = itertools.count(1001)
        self.pool = Pool(self.config.relay)
        self.sender = Sender(
            store, self.config, Templates(SHIPPED), self.pool, self.clock, "w1", key=self.key
        )
        self.mailroom = mailroom.sender_of_tests(self, "machine:1", Templates(SHIPPED))

    def post(self, which: str, resource: str, body: Any) -> Any:
        """Posts with the live or the test key."""
        bearer = {"Authorization": f"Bearer {self.keys[which]}"}
        return self.app.test_client().post(f"/api/v1/{resource}", json=body, headers=bearer)

    def order(self, which: str, name: str, **more: Any) -> None:
        """Pushes an order of this moment by somebody who agrees to mail."""
        who = {"id": name.lower(), "email": f"{name.lower()}@example.com", "first_name": name,
               "consent": {"marketing": {"granted": True, "source": "checkout"}}} | more  # fmt: skip
        body = {
            "id": str(next(self.numbers)),
            "placed_at": moment(self.clock.at).isoformat(),
            "total": "10",
            "customer": who,
        }
        answer = self.post(which, "orders", body)
        assert answer.status_code == 201, answer.json

    def pass_minutes(self, minutes: int = 1) -> None:
        """Lets time pass and the rules decide."""
        self.clock.at += minutes * MINUTE
        self.live.tick_all(self.clock.at)

    def send(self) -> None:
        """Lets both senders work, the relay's first."""
        self.sender.send_due()
        self.mailroom.send_due()

    def caught(self) -> list[str]:
        """Lists to whom the mailbox has mails of test mode."""
        tests = Caught.select(Caught.to).where(Caught.test == True)  # noqa: E712 - a column
        return [to for (to,) in tests.order_by(Caught.id).tuples()]

    def states(self, shop: Any) -> list[str]:
        """Lists what became of a shop's messages."""
        return [
            state
            for (state,) in Message.select(Message.state)
            .where(Message.shop == shop)
            .order_by(Message.id)
            .tuples()
        ]


def _config(relay: int, **settings: Any) -> Config:
    sender = {"name": "Optyk", "address": "sklep@optyk.example"}
    shop = {"shop": "optyk", "name": "Optyk", "sender": sender, "postal": "Optyk, ul. Szeroka 14, Kraków",
            "webhooks": {"woocommerce": {"secrets": ["a secret of the shop"]}}}  # fmt: skip
    to = {"host": "127.0.0.1", "port": relay, "tls": "none", "timeout_seconds": 5}
    return read_config({"shops": [shop], "relay": to, **settings})


@contextmanager
def both(store: Store, folder: Path, sink: Sink, **settings: Any) -> Iterator[Both]:
    """Opens such a server over a store, with a scripted relay."""
    made = Both(store, folder, sink.port, **settings)
    try:
        yield made
    finally:
        made.pool.close()
