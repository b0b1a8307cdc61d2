"""A sender as a process of its own, for tests that kill it: `one_sender.py DATABASE PORT`."""

from __future__ import annotations

import sys

from engine.delivery.pool import Pool
from engine.delivery.sender import Sender
from engine.delivery.templates import Templates
from engine.delivery.workers import take_back, worker_name
from engine.store import open_store
from tests.delivery.mails import SHIPPED
from tests.delivery.test_sender import Standing
from tests.outbox.shop import config


def main(database: str, port: str) -> None:
    """Takes back what a dead sender held, and sends what is due."""
    store, clock = open_store(database), Standing()
    store.serve_by_default()
    settings = config(relay={"host": "127.0.0.1", "port": int(port)})
    with store.use():
        take_back(store, clock.now(), worker_name())
        clock.at += 3_600_000_000  # an order mail that ended unknown waits a minute
        pool = Pool(settings.relay)
        Sender(store, settings, Templates(SHIPPED), pool, clock, worker_name()).send_due()
        pool.close()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
