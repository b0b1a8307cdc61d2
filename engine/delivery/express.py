"""A way of its own for mail about orders, taken when the sender is busy with other mail for long.

A relay may take a minute for each mail of a newsletter, and ten for its last word. A thank-you must not wait behind that;
so a thread beside the sender, with a connection of its own, takes what has waited for some seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from engine.clock import SECOND
from engine.delivery.mailroom import mailroom_beside
from engine.delivery.pool import Pool
from engine.delivery.sender import Sender, SenderHome
from engine.delivery.templates import Templates
from engine.delivery.workers import express_name
from engine.outbox.claim import orders_wait

log = structlog.get_logger()
PATIENCE = 3 * SECOND  # a sender that is not busy has taken it long before
LOOKS_EVERY = 1.0  # seconds
ENDS_WITHIN = 20.0


def take_orders(home: SenderHome, worker: str, stop: threading.Event) -> None:
    """Sends mail about orders that nobody has taken within some seconds, until `stop`."""
    pool = Pool(home.config.relay, home.path)
    sender = Sender(
        home.store, home.config, Templates(home.templates / "email"), pool, home.clock, express_name(worker),
        stopped=stop.is_set, key=home.key, orders_only=True,
    )  # fmt: skip
    try:
        while not stop.wait(LOOKS_EVERY):
            try:
                with home.store.use():
                    if orders_wait(home.clock.now() - PATIENCE):
                        sender.send_due()
            except Exception:  # the next second tries again, as the sender itself does after a restart
                log.exception("failed", act="orders")
    finally:
        pool.close()


@contextmanager
def beside(home: SenderHome, worker: str, stop: threading.Event) -> Iterator[None]:
    """Keeps the way open while a sender works, and that of test mode; gives what is on it a while when the sender ends."""
    thread = threading.Thread(target=take_orders, args=(home, worker, stop), name="orders", daemon=True)
    thread.start()
    try:
        with mailroom_beside(home, worker, stop):
            yield
    finally:
        stop.set()
        thread.join(ENDS_WITHIN)
