"""Regulars in one process: a home whose clock, relay and death are in the hands of a test.

A crash is an error that nobody may catch, raised beside the n-th commit or in the midst of a batch; from then on the
dead one reaches no database, whatever its `finally` blocks try. A real SIGKILL is tests/promise/crashes' affair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.clock import MINUTE, Clock, moment
from engine.config import Config
from engine.consent.erasure import erase
from engine.consent.withdrawal import withdraw
from engine.delivery.pool import Letter, Pool
from engine.delivery.sender import Sender
from engine.intake.consents import accept_consents
from engine.intake.orders import accept_orders
from engine.live import Live
from engine.outbox.recover import expire, recover
from engine.roles.sending import OpeningHours
from engine.store import Store
from models import Customer, Message, Shop
from tests.outbox.shop import NOON, config
from tests.promise.manners.office import templates
from tests.promise.manners.relay import Relay

KEY = b"k" * 32
RULES = """
- {rule: thank-you, purpose: transactional, when: {ordered: any}, send: plain, once: per order, expires: 300 days}
- {rule: soon, when: {ordered: any, after: 1 hour}, send: plain, expires: 20 days}
- {rule: later, when: {ordered: any, after: 2 days}, send: plain, expires: 20 days}
"""
POLICY = "caps: [{at_most: 1 per 1 day}, {at_most: 3 per 7 days}]\n"


class Crash(BaseException):
    """The process is dead."""


class Hands(Clock):
    """The clock, moved by the test."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> int:
        return self.at


class Mortal:
    """Lets a store's owner die beside a commit: `die_at` counts them, `after` says on which side."""

    def __init__(self, store: Store) -> None:
        self.begin = store.transaction
        self.dead, self.die_at, self.after, self.depth = False, 0, False, 0
        store.transaction = self.transaction  # type: ignore[method-assign]

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """Begins a transaction, in which or after which the owner may die."""
        if self.dead:
            raise Crash
        outermost = self.depth == 0
        self.depth += 1
        try:
            with self.begin() as begun:
                yield begun
                if outermost and self._hour_has_come(after=False):
                    raise Crash
        finally:
            self.depth -= 1
        if outermost and self._hour_has_come(after=True):
            raise Crash

    def _hour_has_come(self, after: bool) -> bool:
        self.die_at -= not after
        self.dead = self.die_at == 0 and self.after == after
        return self.dead


class Courier(Pool):
    """Connections on which the worker may die in the midst of a batch, or be paused."""

    def __init__(self, *where: Any) -> None:
        super().__init__(*where)
        self.dies_after: int | None = None
        self.pause: Callable[[], None] = lambda: None
        self.mortal: Mortal

    def carry(self, letters: Sequence[Letter]) -> Any:
        self.pause()
        if self.dies_after is None:
            return super().carry(letters)
        if letters[: self.dies_after]:
            super().carry(letters[: self.dies_after])
        self.mortal.dead = True
        raise Crash


@dataclass
class House:
    """What engine.cli.home.Home is."""

    config: Config
    store: Store
    clock: Hands
    rules: Path
    templates: Path
    key: bytes = KEY


class World:
    """One shop, its senders and its clocks, over a fresh store."""

    def __init__(self, store: Store, folder: Path, relay: Relay) -> None:
        self.store, self.relay, self.clock = store, relay, Hands()
        self.mortal = Mortal(store)
        self.config = config(
            relay={"host": "127.0.0.1", "port": relay.port, "timeout_seconds": 2, "connections": 2}
        )
        self.house = House(self.config, store, self.clock, folder / "rules", folder / "templates")
        self.workers = 0
        self.live, self.sender = Live(self.house), self.hire()
        self.tick()
        assert len(self.live.rulebook.rules) == 3, self.live.rulebook.problems

    def hire(self) -> Sender:
        """Starts a sender under a name that nobody had before."""
        self.workers += 1
        pool = Courier(self.config.relay)
        pool.mortal = self.mortal
        hours, name = OpeningHours(self.house), f"elsewhere:{self.workers}"  # type: ignore[arg-type]
        return Sender(self.store, self.config, templates(), pool, self.clock, name, hours, key=KEY)

    # --- what shops and customers do ------------------------------------------------------------------------

    @property
    def shop(self) -> Shop:
        """Returns the one shop."""
        return Shop.get()

    def order(self, numbers: Sequence[int], who: Sequence[str], consent: bool) -> None:
        """Takes in one order of each customer."""
        self._orders(
            [self._body(number, name, "paid", consent) for number, name in zip(numbers, who, strict=True)]
        )

    def cancel(self, number: int, who: str, placed_at: int) -> None:
        """Takes in that an order is off."""
        self._orders(
            [self._body(number, who, "cancelled", False) | {"placed_at": moment(placed_at).isoformat()}]
        )

    def _orders(self, bodies: list[dict[str, Any]]) -> None:
        accept_orders(self.store, self.config, self.shop, bodies, self.clock.at)

    def _body(self, number: int, who: str, status: str, consent: bool) -> dict[str, Any]:
        now = moment(self.clock.at).isoformat()
        customer: dict[str, Any] = {"id": who, "email": f"{who}@example.com"}
        if consent:
            customer["consent"] = {"marketing": {"granted": True, "at": now}}
        return {"id": str(number), "placed_at": now, "updated_at": now, "status": status, "total": "10",
                "customer": customer}  # fmt: skip

    def agree(self, who: str) -> None:
        """Takes in a consent."""
        said = {
            "customer": {"id": who},
            "purpose": "marketing",
            "granted": True,
            "at": moment(self.clock.at).isoformat(),
        }
        accept_consents(self.store, self.config, self.shop, [said], self.clock.at)

    def withdraw(self, who: str) -> None:
        """Unsubscribes a customer."""
        row = self.customer(who)
        withdraw(self.store, self.shop.id, row.address_id, ["marketing"], self.clock.at, "link")

    def erase(self, who: str) -> None:
        """Erases a customer for good."""
        erase(self.store, self.customer(who), self.clock.at)

    def customer(self, who: str) -> Customer:
        """Returns a customer's row."""
        return Customer.get(Customer.external_id == who)

    # --- what our processes do ------------------------------------------------------------------------------

    def tick(self) -> None:
        """Goes through the minutes that have passed."""
        self.live.tick_all(self.clock.at)

    def send(self) -> None:
        """Sends what is due, and does a sender's housekeeping."""
        recover(self.store, self.clock.at)
        expire(self.store, self.clock.at)
        self.sender.send_due()

    def crash(self, act: Callable[[], None], at_commit: int, after: bool) -> bool:
        """Does something and dies beside a commit of it; returns whether that commit came at all."""
        self.mortal.die_at, self.mortal.after = at_commit, after
        with suppress(Crash):
            act()
        self.mortal.die_at = 0
        return self.mortal.dead

    def in_doubt(self) -> int:
        """Counts what the present sender has begun to send."""
        mine = Message.claimed_by == self.sender.worker
        return Message.select().where((Message.state == "sending") & mine).count()

    def restart(self) -> None:
        """Starts again whatever has died."""
        dead, self.mortal.dead = self.sender.worker, False
        self.sender.pool.close()
        self.live, self.sender = Live(self.house), self.hire()
        recover(self.store, self.clock.at, [dead])

    def meanwhile(self, minutes: int) -> None:
        """Pauses the sender in the midst of a batch for so long that another takes its claims."""
        paused, other = self.sender, self.hire()

        def pause() -> None:
            paused.pool.pause = lambda: None
            self.clock.at += minutes * MINUTE
            self.sender = other
            self.tick()
            self.send()
            self.sender = paused

        paused.pool.pause = pause
        self.send()
        paused.pool.pause = lambda: None
        other.pool.close()

    def close(self) -> None:
        """Ends everything."""
        self.sender.pool.close()
