"""A shop in a process, with a relay that is away until the test says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.clock import HOUR
from engine.store import Store
from models import Message
from tests.promise.manners.known import CLOSE
from tests.promise.manners.relay import Manner, Relay
from tests.promise.model.world import World

Open = Callable[[str, str], World]


@pytest.fixture
def world(store: Store, tmp_path: Path) -> Iterator[Open]:
    """Opens a shop with these rules and this policy, and a relay that is away."""
    (tmp_path / "rules").mkdir()
    opened: list[World] = []
    with Relay(Manner({"greeting": CLOSE})) as relay:

        def open_it(rules: str, policy: str) -> World:
            (tmp_path / "rules" / "rules.yaml").write_text(rules, "utf-8")
            (tmp_path / "rules" / "policy.yaml").write_text(policy, "utf-8")
            opened.append(World(store, tmp_path, relay))
            relay.now = opened[0].clock.now
            return opened[0]

        yield open_it
        opened[0].close()


def live_on(world: World, hours: float) -> None:
    """Lets time pass, ticks and sends."""
    world.clock.at += int(hours * HOUR)
    world.tick()
    world.send()


def offers(world: World) -> list[float]:
    """Tells after how many hours the customers got offers."""
    rules = {row.message_id: row.rule for row in Message.select()}
    began = Message.select().order_by(Message.id).get().decided_at
    return [(mail.at - began) / HOUR for mail in world.relay.taken if rules[mail.message_id] != "thank-you"]
