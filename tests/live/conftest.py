"""A served home in small: its rules can be edited, its clock stepped, its shop can take orders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.clock import Clock, moment
from engine.config import Config, read_config
from engine.intake.orders import accept_orders
from engine.live import Live
from engine.store import Store
from engine.tick import Ticked
from models import Decision, Message, Shop


class Stopped(Clock):
    """Shows what the test says."""

    def __init__(self, at: int) -> None:
        self.at = at

    def now(self) -> int:
        return self.at


@dataclass
class House:
    """What engine.cli.home.Home is, and what a test does with it."""

    config: Config
    store: Store
    clock: Stopped
    rules: Path
    templates: Path
    key: bytes = b"k" * 32

    def __post_init__(self) -> None:
        self.live = Live(self)

    def write(self, text: str, file: str = "rules.yaml") -> None:
        """Edits the rules; a file's time is not trusted to differ within one test, its size is."""
        (self.rules / file).write_text(text, "utf-8")
        self.live.seen = ()

    def tick(self, at: int) -> Ticked:
        self.clock.at = at
        return self.live.tick_all(at)["optyk"]

    def order(self, number: int, customer: str, at: int, learned: int | None = None, **more: Any) -> None:
        """Takes an order in, learned when it was placed unless said otherwise."""
        body = {
            "id": str(number), "placed_at": moment(at).isoformat(), "updated_at": moment(at).isoformat(), "total": "10",
            "customer": {"id": customer, "email": f"{customer}@example.com", "consent": {"marketing": {"granted": True}}},
        } | more  # fmt: skip
        accept_orders(self.store, self.config, Shop.get(), [body], learned or at)

    def sent(self) -> list[tuple[str, str, int]]:
        """Lists the mails in the outbox: rule, state, when it was decided."""
        rows = Message.select(Message.rule, Message.state, Message.decided_at).order_by(Message.id)
        return list(rows.tuples())

    def decided(self) -> list[tuple[str, str, str | None]]:
        rows = Decision.select(Decision.rule, Decision.outcome, Decision.reason).order_by(Decision.id)
        return list(rows.tuples())


def new_house(store: Store, folder: Path, text: str, at: int) -> House:
    """Opens a home in a folder, with these rules, at this moment."""
    sender = {"name": "Optyk", "address": "sklep@optyk.example"}
    shop = {"shop": "optyk", "name": "Optyk", "sender": sender, "postal": "Optyk, ul. Szeroka 14, Kraków"}
    (folder / "rules").mkdir()
    made = House(read_config({"shops": [shop]}), store, Stopped(at), folder / "rules", folder / "templates")
    made.write(text)
    made.tick(at)
    return made


@pytest.fixture
def house(store: Store, tmp_path: Path) -> Callable[[str, int], House]:
    """Opens a home with these rules at this moment."""
    return lambda text, at: new_house(store, tmp_path, text, at)
