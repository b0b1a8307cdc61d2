"""A thank-you passes a newsletter that the relay has stopped in the middle of."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.clock import HOUR, MINUTE, Clock
from engine.config import Config
from engine.delivery import express
from engine.delivery.sender import run_sender
from engine.delivery.workers import express_name, take_back, worker_name
from engine.outbox.claim import claim
from engine.outbox.recover import holders
from engine.store import Store
from models import Message
from tests.delivery.sink import SILENT, Sink
from tests.outbox.shop import NOON, Optician, config, states
from tests.waiting import until


class FromNoon(Clock):
    """The machine's clock, but its day began at noon."""

    def __init__(self) -> None:
        self.began = time.monotonic_ns()

    def now(self) -> int:
        return NOON + (time.monotonic_ns() - self.began) // 1000


@dataclass
class Home:
    """What a sender needs."""

    store: Store
    config: Config
    path: Path
    clock: Clock
    templates: Path = Path(__file__).parents[2] / "templates"
    key: bytes = b"k"


def test_a_thank_you_passes_a_newsletter_that_the_relay_does_not_answer(
    optician: Optician, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(express, "PATIENCE", 0)
    optician.queue_for(*(f"Anna{n}" for n in range(3)))
    daria, stop = optician.customer("Daria"), threading.Event()
    with Sink(end=SILENT) as sink:
        relay = {"host": "127.0.0.1", "port": sink.port, "connections": 1}
        home = Home(optician.store, config(relay=relay), tmp_path, FromNoon())
        thread = threading.Thread(target=run_sender, args=(home, stop))
        thread.start()
        try:
            until(lambda: sink.begun == 1)
            sink.script = {}
            (thanks,) = optician.queue(optician.draft(daria, purpose="transactional", rule="thanks"))
            until(lambda: states(thanks) == ["sent"])
            assert set(states()) == {"sending", "sent"}
            assert b"<daria@example.com>" in sink.accepted[0]
            assert Message.select().where(Message.state == "sent").count() == 1
        finally:
            stop.set()
            sink.hang_up()
            thread.join()


def test_a_sender_that_is_not_busy_is_not_overtaken(optician: Optician, tmp_path: Path) -> None:
    stop = threading.Event()
    with Sink() as sink:
        relay = {"host": "127.0.0.1", "port": sink.port}
        home = Home(optician.store, config(relay=relay), tmp_path, FromNoon())
        optician.queue_for("Anna")
        thread = threading.Thread(target=express.take_orders, args=(home, "here:1", stop))
        thread.start()
        try:
            (thanks,) = optician.queue_for("Daria", purpose="transactional", not_before_at=NOON + HOUR)
            stop.wait(1.5)
            assert sink.accepted == []  # neither an offer, nor what is not due
            Message.update(not_before_at=NOON - MINUTE).where(Message.id == thanks).execute()
            until(lambda: states(thanks) == ["sent"])
        finally:
            stop.set()
            thread.join()
    assert states() == ["queued", "sent"]


def test_what_the_express_way_of_a_dead_process_held_is_taken_back_at_once(optician: Optician) -> None:
    optician.queue_for("Anna", "Borys", purpose="transactional")
    alive, dead = express_name(worker_name()), express_name(worker_name().split(":")[0] + ":4194305")
    claim(optician.store, alive, NOON, 1)
    claim(optician.store, dead, NOON, 1)
    assert holders() == {alive, dead}
    assert take_back(optician.store, NOON) == 1
    assert holders() == {alive}
    assert (
        take_back(optician.store, NOON, worker_name()) == 1
    )  # who starts under the name of one that is gone
