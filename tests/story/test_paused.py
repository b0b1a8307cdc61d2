"""Somebody pauses everything while a real sender is in full swing: from that moment on nothing more begins to leave."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from engine.cli.home import database_url
from engine.clock import Clock
from engine.config import load_config
from engine.outbox.acts import pause_purpose
from engine.store import open_store
from models import Caught, Message
from tests.story.served import Served
from tests.waiting import until

PEOPLE = 200


def push_all(regulars: Served) -> None:
    """Pushes one order of each customer in one request, as a shop does after a night without a network."""
    now = datetime.now(UTC).isoformat()
    line = {
        "product": "ACU-30",
        "name": "Acuvue Oasys 30",
        "category": "optics/contact-lenses",
        "price": "64.95",
    }
    consent = {"marketing": {"granted": True, "source": "checkout"}}
    orders = [
        {"id": f"p{n}", "placed_at": now, "status": "paid", "lines": [line],
         "customer": {"id": f"anna{n}", "email": f"anna{n}@example.com", "consent": consent}}
        for n in range(PEOPLE)
    ]  # fmt: skip
    headers = {"Authorization": f"Bearer {regulars.key}", "Content-Type": "application/json"}
    assert regulars.post("/api/v1/orders", json.dumps(orders).encode(), **headers)[0] == 201


def test_what_had_not_begun_to_leave_when_the_pause_returned_stays_until_it_is_resumed(
    regulars: Served,
) -> None:
    regulars.run("pause", "all")
    push_all(regulars)
    until(lambda: json.loads(regulars.run("pause", "all", "--json"))["waiting"] == 2 * PEOPLE, 60, every=0.5)
    store = open_store(database_url(load_config(Path(regulars.config)), regulars.home))
    with store.use():
        now = Clock().now()
        pause_purpose(store, "all", False, "jolanta", now)
        until(lambda: Message.select().where(Message.state == "sent").count() > 30, 60)
        met = pause_purpose(store, "all", True, "jolanta", now)
        until(lambda: not Message.select().where(Message.state.in_(("claimed", "sending"))).exists(), 60)
        assert met.waiting > 0, "the sender was through before the pause: more mails are needed"
        assert Caught.select().count() == 2 * PEOPLE - met.waiting
        assert Message.select().where(Message.state == "queued").count() == met.waiting
        pause_purpose(store, "all", False, "jolanta", now)
        until(lambda: Caught.select().count() > 2 * PEOPLE - met.waiting, 60)
    store.close()
