"""The sender's round: claim, compose, ask again, send, record. Imports no web framework, so it starts at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

import structlog

from engine.clock import MINUTE, SECOND, Clock
from engine.config import Config
from engine.consent.returned import note_refused
from engine.delivery.compose import Composed, compose_all
from engine.delivery.context import links
from engine.delivery.exchange import Answer, Letter
from engine.delivery.headers import domain_as_ascii
from engine.delivery.mime import LONGEST_URI
from engine.delivery.pacing import Pacing
from engine.delivery.pool import Pool
from engine.delivery.templates import Templates
from engine.delivery.workers import take_back, worker_name
from engine.errors import ConfigError
from engine.failpoint import failpoint
from engine.outbox.begin import AT_MOST, NotNow
from engine.outbox.claim import let_go
from engine.outbox.recover import expire
from engine.outbox.settle import Settled, refuse, settle
from engine.outbox.turn import take_turn
from engine.store import Store
from engine.tallies import tallies
from models import Message

log = structlog.get_logger()
CLAIMED_AT_ONCE = 100
RELAY_AWAY = 30 * SECOND
TOKEN = 22  # characters of a message's token
T = TypeVar("T")


class Carrier(Protocol):
    """What takes mails away: the pool of connections to a relay, or the mailroom of test mode."""

    def ready(self) -> str | None:
        """Makes sure that mails can go; else says why not."""

    def carry(self, letters: Sequence[Letter]) -> dict[int, Answer]:
        """Carries the mails and returns what became of each."""


class SenderHome(Protocol):
    """What a sender needs of a home."""

    config: Config
    store: Store
    clock: Clock
    path: Path

    @property
    def templates(self) -> Path:
        """Returns the folder that holds email/."""

    @property
    def key(self) -> bytes:
        """Returns the secret from which coupon codes are made."""


@dataclass(slots=True)
class Sent:
    """What a round did, by outcome: sent, deferred, refused, unknown, cancelled, expired, later."""

    counts: dict[str, int] = field(default_factory=dict)
    relay_away: str | None = None  # why the relay could not be reached

    def add(self, outcome: str, number: int = 1) -> None:
        """Counts so many more of an outcome."""
        if number:
            self.counts[outcome] = self.counts.get(outcome, 0) + number

    @property
    def total(self) -> int:
        """Returns how many messages the round has dealt with."""
        return sum(self.counts.values())


@dataclass(slots=True)
class Sender:
    """One worker: its name, its connections, its templates. A process has one."""

    store: Store
    config: Config
    templates: Templates
    pool: Carrier
    clock: Clock
    worker: str
    not_now: NotNow = lambda _: None
    stopped: Callable[[], bool] = lambda: False
    key: bytes = b""  # the home's, without which no coupon is issued
    call_others: Callable[[], object] = lambda: None  # when there is more than one sender takes at once
    answered: list[Settled] = field(default_factory=list)  # by the relay, and not written down yet
    slowed: bool = False  # a receiver of this claim's mails has asked for it
    orders_only: bool = False
    testing: bool = False  # then it brings mail of test mode to the mailbox, and no other claims any
    pacing: Pacing = field(init=False)

    def __post_init__(self) -> None:
        """Raises ConfigError where no mail at all could be made, rather than refuse every message."""
        self.pacing = Pacing(self.store, self.config, self.worker, self.orders_only, self.testing)
        longest = len(links(self.config.public_url, "x" * TOKEN)["unsubscribe"])
        if longest > LONGEST_URI:
            raise ConfigError(
                f"public_url makes unsubscribe links of {longest} characters",
                remedy=f"{LONGEST_URI} at most: shorten it",
            )
        for shop in self.config.shops:
            try:
                domain_as_ascii(shop.sender.address)
            except ValueError as error:
                raise ConfigError(
                    f"shop {shop.shop}: sender: {error}", remedy="write an address that can send"
                ) from error

    def send_due(self) -> Sent:
        """Sends what may go now, claim by claim, until the queue has nothing more; returns what became of it."""
        done = Sent()
        self.templates.refresh()
        try:
            while not self.stopped() and (rows := self._claimed()):
                if not self._reachable(done):
                    break
                for number, batch in enumerate(_in_batches(self._composed(rows, done), AT_MOST)):
                    if number:
                        self._orders_first(done)
                    if not self.stopped() and not self.slowed:
                        self._send(batch, done)
                self._settle(done)
                if self.slowed:  # what is left of this claim goes at the new pace
                    let_go(self.store, self.worker, self.clock.now())
        finally:
            self._settle(done)
        if self.stopped():
            self.pacing.let_go(self.clock.now())
        return done

    def _claimed(self) -> list[Message]:
        self.slowed = False
        rows = self.pacing.claim(self.clock.now(), CLAIMED_AT_ONCE)
        if len(rows) == CLAIMED_AT_ONCE:
            self.call_others()  # a single one of those who wait hears a bell
        return rows

    def _orders_first(self, done: Sent) -> None:
        """Sends mail about orders that came meanwhile, so that it waits for one batch of a newsletter at most."""
        while not self.stopped() and (rows := self.pacing.claim_orders(self.clock.now(), CLAIMED_AT_ONCE)):
            for batch in _in_batches(self._composed(rows, done), AT_MOST):
                self._send(batch, done)

    def _reachable(self, done: Sent) -> bool:
        """Says whether the relay can be reached; where it cannot, everything claimed waits for a while."""
        away = self.pool.ready()
        if away:
            done.relay_away = away
            now = self.clock.now()
            done.add("later", self.pacing.let_go(now, now + RELAY_AWAY))
            log.warning("relay_away", reason=away)
        self.pacing.note(away, self.clock.now())
        return not away

    def _composed(self, rows: Sequence[Message], done: Sent) -> list[Composed]:
        """Makes mails of rows; one that cannot be made is refused, and the others go on."""
        now = self.clock.now()
        if strangers := self.pacing.strangers(rows):
            refuse(self.store, self.worker, strangers, now, "cancelled")
            done.add("cancelled", len(strangers))
            gone = {key for key, _, _ in strangers}
            rows = [row for row in rows if row.id not in gone]
        made, refused = compose_all(self.store, rows, self.config, self.templates, self.key, now)
        if refused:
            refuse(self.store, self.worker, refused, now)
            done.add("refused", len(refused))
            log.error("mails_not_made", count=len(refused), first=refused[0][2])
        return made

    def _send(self, batch: Sequence[Composed], done: Sent) -> None:
        """Settles the batch before, begins this one in the same commit, and carries what may go."""
        prepared = [each.prepared for each in batch]
        asked = take_turn(self.store, self.worker, self.answered, prepared, self.clock.now(), self.not_now)
        self._over(done)
        for state, _ in asked.stopped.values():
            done.add(state)
        done.add("later", len(asked.later))
        self.pacing.give_back([*asked.stopped, *asked.later], self.clock.now())
        failpoint("sending.committed")
        going = set(asked.go)
        if going:
            answers = self.pool.carry([each.letter for each in batch if each.prepared.id in going])
            self.answered = [
                Settled(key, answer.outcome, answer.reply, answer.reason) for key, answer in answers.items()
            ]

    def _settle(self, done: Sent) -> None:
        """Writes down what the relay said of the last batch, where no next one has done so."""
        if self.answered:
            settle(self.store, self.worker, self.answered, self.clock.now())
            self._over(done)

    def _over(self, done: Sent) -> None:
        """Draws the consequences of answers that are committed."""
        settled, self.answered = self.answered, []
        if settled:
            failpoint("settle.committed")
        refused = [  # or given up by now
            each.id for each in settled if each.outcome in ("refused", "deferred", "later")
        ]
        note_refused(self.store, self.config, refused, self.clock.now())
        self.slowed |= self.pacing.learn(settled, self.clock.now())
        for each in settled:
            done.add(each.outcome)


def _in_batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def run_sender(
    home: SenderHome,
    stop: threading.Event,
    not_now: NotNow = lambda _: None,
    watch: Callable[[], object] = lambda: None,
) -> None:
    """Sends until `stop` is set: whenever woken, and each second by itself; finishes the batch in hand.

    `watch` is called each minute, to look for what is overdue.
    """
    from engine.delivery.express import beside
    from engine.wake import SENDER, Ear, wake

    me, looked_at = worker_name(), 0
    pool = Pool(home.config.relay, home.path)
    templates = Templates(home.templates / "email")
    sender = Sender(
        home.store, home.config, templates, pool, home.clock, me, not_now, stop.is_set, home.key,
        lambda: wake(home.path, SENDER),
    )  # fmt: skip
    try:
        with home.store.use(), Ear(home.path, SENDER) as ear, beside(home, me, stop):
            take_back(home.store, home.clock.now(), me)
            while not stop.is_set():
                now = home.clock.now()
                if now - looked_at >= MINUTE:
                    take_back(home.store, now)
                    expire(home.store, now)
                    if looked_at:  # not at the start: what an outage has left is just being worked off
                        watch()
                    looked_at = now
                sent = sender.send_due().total
                tallies.write(home.store)
                if not sent:
                    ear.wait(1.0)
    finally:
        pool.close()
