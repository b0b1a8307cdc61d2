"""The sender's round: claim, compose, ask again, send, record. Imports no web framework, so it starts at once."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

import structlog

from engine.clock import MINUTE, SECOND, Clock
from engine.config import Config
from engine.consent.suppression import suppress
from engine.delivery.compose import Composed, compose
from engine.delivery.context import contexts_of, links
from engine.delivery.coupons import issue_coupons
from engine.delivery.headers import domain_as_ascii
from engine.delivery.mime import LONGEST_URI
from engine.delivery.pool import Pool
from engine.delivery.templates import MissingIssue, Templates
from engine.errors import ConfigError, TemplateFault
from engine.outbox.begin import AT_MOST, NotNow, begin_sending
from engine.outbox.claim import claim, let_go
from engine.outbox.recover import expire, holders, recover
from engine.outbox.settle import Settled, refuse, settle
from engine.store import Store
from models import Address, Message

log = structlog.get_logger()
CLAIMED_AT_ONCE = 100
RELAY_AWAY = 30 * SECOND
TOKEN = 22  # characters of a message's token
T = TypeVar("T")


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
    pool: Pool
    clock: Clock
    worker: str
    not_now: NotNow = lambda _: None
    stopped: Callable[[], bool] = lambda: False
    key: bytes = b""  # the home's, without which no coupon is issued

    def __post_init__(self) -> None:
        """Raises ConfigError where no mail at all could be made, rather than refuse every message."""
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
        while not self.stopped() and (
            rows := claim(self.store, self.worker, self.clock.now(), CLAIMED_AT_ONCE)
        ):
            away = self.pool.ready()
            if away:
                done.relay_away = away
                now = self.clock.now()
                done.add("later", let_go(self.store, self.worker, now, now + RELAY_AWAY))
                log.warning("relay_away", reason=away)
                break
            for batch in _in_batches(self._composed(rows, done), AT_MOST):
                if not self.stopped():
                    self._send(batch, done)
        if self.stopped():
            let_go(self.store, self.worker, self.clock.now())
        return done

    def _composed(self, rows: Sequence[Message], done: Sent) -> list[Composed]:
        """Makes mails of rows; one that cannot be made is refused, and the others go on."""
        now = self.clock.now()
        addresses = {
            row.id: row for row in Address.select().where(Address.id << {row.address_id for row in rows})
        }
        refused = issue_coupons(self.store, rows, self.key, now)
        lacking = {key for key, _, _ in refused}
        made, rows = [], [row for row in rows if row.id not in lacking]
        for row, context in zip(rows, contexts_of(rows, self.config, now), strict=True):
            try:
                made.append(
                    compose(row, context, addresses[row.address_id], self.config, self.templates, now)
                )
            except MissingIssue as fault:
                refused.append((row.id, "no_issue", str(fault)))
            except TemplateFault as fault:
                refused.append((row.id, "template_error", str(fault)))
            except ValueError as fault:
                refused.append((row.id, "no_address", str(fault)))
        if refused:
            refuse(self.store, self.worker, refused, now)
            done.add("refused", len(refused))
            log.error("mails_not_made", count=len(refused), first=refused[0][2])
        return made

    def _send(self, batch: Sequence[Composed], done: Sent) -> None:
        now = self.clock.now()
        asked = begin_sending(self.store, self.worker, [each.prepared for each in batch], now, self.not_now)
        for state, _ in asked.stopped.values():
            done.add(state)
        done.add("later", len(asked.later))
        going = set(asked.go)
        answers = (
            self.pool.carry([each.letter for each in batch if each.prepared.id in going]) if going else {}
        )
        settled = [
            Settled(key, answer.outcome, answer.reply, answer.reason) for key, answer in answers.items()
        ]
        if settled:
            settle(self.store, self.worker, settled, self.clock.now())
            self._bounce([each.id for each in settled if each.reason == "hard_bounce"])
        for each in settled:
            done.add(each.outcome)

    def _bounce(self, keys: Sequence[int]) -> None:
        """Suppresses addresses that the relay knows not to exist."""
        for (address,) in (
            Message.select(Message.address).where(Message.id << list(keys)).tuples() if keys else ()
        ):
            suppress(self.store, address, "hard_bounce", self.clock.now())


def worker_name() -> str:
    """Names this process so that another on this machine can tell whether it still lives."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}"


def take_back(store: Store, now: int, me: str | None = None) -> int:
    """Recovers what dead workers held: those whose lease ran out, and at once those of this machine that are gone."""
    return recover(store, now, [name for name in holders() if name == me or _is_gone(name)])


def _is_gone(worker: str) -> bool:
    host, _, pid = worker.rpartition(":")
    if host != socket.gethostname()[:40] or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _in_batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def run_sender(home: SenderHome, stop: threading.Event, not_now: NotNow = lambda _: None) -> None:
    """Sends until `stop` is set: whenever woken, and each second by itself; finishes the batch in hand."""
    from engine.wake import SENDER, Ear

    me, looked_at = worker_name(), 0
    pool = Pool(home.config.relay, home.path)
    templates = Templates(home.templates / "email")
    sender = Sender(home.store, home.config, templates, pool, home.clock, me, not_now, stop.is_set, home.key)
    try:
        with home.store.use(), Ear(home.path, SENDER) as ear:
            take_back(home.store, home.clock.now(), me)
            while not stop.is_set():
                now = home.clock.now()
                if now - looked_at >= MINUTE:
                    take_back(home.store, now)
                    expire(home.store, now)
                    looked_at = now
                if not sender.send_due().total:
                    ear.wait(1.0)
    finally:
        pool.close()
