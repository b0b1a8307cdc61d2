"""The sender's side of a bad day: a shop whose mails are sent again and again, in stepped time, until all are settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from engine.clock import HOUR, MINUTE, SECOND, Clock
from engine.delivery.pool import Pool
from engine.delivery.sender import Sender
from engine.delivery.templates import Templates
from engine.outbox.recover import expire, recover
from models import OPEN_STATES, Message
from tests.delivery.mails import SHIPPED
from tests.outbox.shop import NOON, Optician, config
from tests.promise.manners.relay import GOOD_RELAY, Relay

LONG_ENOUGH = 100 * HOUR  # everything ends within: 48 hours of trying again, and a pause here and there
Ends = Counter[tuple[str, int]]  # (state, copies that the customer got) -> messages


class Standing(Clock):
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> int:
        return self.at


@cache
def templates() -> Templates:
    """The shipped templates, compiled once for all."""
    return Templates(SHIPPED)


@contextmanager
def sending(optician: Optician, port: int, **relay: Any) -> Iterator[Sender]:
    """One sender with its connections to a relay."""
    settings = config(relay={
        "host": "127.0.0.1", "port": port, "timeout_seconds": 1, "data_timeout_seconds": 1, **relay,
    })  # fmt: skip
    pool = Pool(settings.relay)
    try:
        yield Sender(optician.store, settings, templates(), pool, Standing(), "w1")
    finally:
        pool.close()


def queue(optician: Optician, each: int) -> None:
    """Queues so many offers and so many mails about an order, each for somebody else."""
    optician.queue_for(*(f"Anna{n}" for n in range(each)))
    optician.queue_for(*(f"Borys{n}" for n in range(each)), purpose="transactional", rule="thank-you")


def see_it_through(sender: Sender, relay: Relay) -> int:
    """Sends, waits and tries again until nothing is open; returns how many minutes that took.

    A relay whose manner heals becomes a good one when its time has come.
    """
    clock, store = sender.clock, sender.store
    assert isinstance(clock, Standing)
    while True:
        heals = relay.manner.heals_after
        if heals is not None and clock.at - NOON >= heals * MINUTE:
            relay.manner = GOOD_RELAY
        sender.send_due()
        recover(store, clock.at)
        expire(store, clock.at)
        moments = _next_moments()
        if not moments:
            return (clock.at - NOON) // MINUTE
        assert clock.at - NOON < LONG_ENOUGH, f"still open: {states()}"
        clock.at = max(clock.at + 10 * SECOND, min(moments))


def _next_moments() -> list[int]:
    rows = Message.select(Message.state, Message.not_before_at, Message.lease_until_at).where(
        Message.state << OPEN_STATES
    )
    return [at if state in ("queued", "deferred") else (lease or 0) for state, at, lease in rows.tuples()]


def states() -> Counter[str]:
    """Counts the messages by state."""
    return Counter(state for (state,) in Message.select(Message.state).tuples())


def ends(relay: Relay, purpose: str) -> Ends:
    """Says how the messages of one purpose ended, and how often their customers have them."""
    copies = relay.copies
    rows = Message.select(Message.state, Message.message_id).where(Message.purpose == purpose)
    return Counter((state, copies[key]) for state, key in rows.tuples())


def broken_promises(offers: Ends, order_mails: Ends) -> list[str]:
    """Lists what must never be, whatever a relay does."""
    found = [f"an offer {copies} times" for _, copies in offers if copies > 1]
    for kind, settled in (("offer", offers), ("order mail", order_mails)):
        for (state, copies), count in settled.items():
            if state in OPEN_STATES:
                found.append(f"{count} {kind}s still {state}")
            if state == "sent" and not copies:
                found.append(f"{count} {kind}s called sent that nobody got")
    found += [f"{count} offers called {state} that arrived" for (state, copies), count in offers.items()
              if copies and state not in ("sent", "unknown")]  # fmt: skip
    return found
