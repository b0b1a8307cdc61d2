"""One turn of asking a shop system: claimed, kept page by page together with the place it has come to, and told afterwards.

A page and the place behind it are one transaction, in which the claim is proven: whoever dies leaves a place to go on from,
and whoever was paused for too long keeps nothing.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine import bulk
from engine.clock import DAY, HOUR, MINUTE, SECOND
from engine.config import Config
from engine.errors import IntakeError, LeaseLost
from engine.intake.connectors.readers import Read
from engine.intake.connectors.told import Told
from engine.intake.keeping import keep
from engine.intake.sources import lag_of, set_aside_once
from engine.store import Store
from models import Pull, Shop

LEASE = 5 * MINUTE
SLACK = 10 * SECOND  # the clock comes by once a minute, and should not have to come twice
NEVER = HOUR  # no right clock has claimed for so long
YOUNG = DAY  # what is older than that is history when history is asked for

Message = tuple[str, Mapping[str, Any]]  # topic and what was sent


@dataclass(slots=True)
class Turn:
    """The right to ask one system of one shop, for as long as the claim holds."""

    store: Store
    config: Config
    shop: Shop
    name: str
    read: Read
    now: Callable[[], int]
    stop: threading.Event
    left: int  # questions that may still be asked in this turn
    place: dict[str, Any] = field(default_factory=dict)
    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    brought: int = 0
    known: int = 0
    refused: int = 0
    asked: int = 0
    done: bool = True  # all was answered
    note: str | None = None
    held_at: int = 0

    @property
    def _mine(self) -> Any:
        return (Pull.shop == self.shop.id) & (Pull.name == self.name)

    def claim(self, early: bool) -> bool:
        """Takes the turn where nobody else has it and it is time; `early` does not wait for the time."""

        def work() -> bool:
            now = self.now()
            Pull.insert(shop=self.shop.id, name=self.name).on_conflict_ignore().execute()
            free = (Pull.lease_until_at <= now) | (Pull.lease_until_at > now + NEVER)
            due = (Pull.next_at <= now + SLACK) | (Pull.next_at > now + 2 * DAY) | early
            news = {Pull.owner: self.owner, Pull.lease_until_at: now + LEASE}
            return int(Pull.update(news).where(self._mine, free, due).execute()) == 1

        taken = bulk.in_transaction(self.store, work)
        if taken:
            self.held_at = self.now()
            self.place = json.loads(Pull.get(self._mine).place)
        return taken

    def may_ask(self) -> bool:
        """Takes one question from what is left; where none is, the turn is not done and goes on later."""
        if self.left <= 0 or self.stop.is_set():
            self.done = False
            return False
        self.spend()
        return True

    def spend(self) -> None:
        """Counts a question that a page cannot be kept without, and holds on to the claim meanwhile."""
        self.left -= 1
        self.asked += 1
        now = self.now()
        if now - self.held_at > LEASE // 5:
            bulk.in_transaction(self.store, self._hold)

    def _hold(self) -> None:
        self.held_at = self.now()
        mine = Pull.update(lease_until_at=self.held_at + LEASE).where(self._mine, Pull.owner == self.owner)
        if not mine.execute():
            raise self._lost()

    def _lost(self) -> LeaseLost:
        said = f"{self.name} of {self.shop.key} is being asked by another process"
        return LeaseLost(said, remedy="nothing to do: it goes on")

    def keep(self, messages: Sequence[Message], place: dict[str, Any]) -> None:
        """Keeps a page and moves to the place behind it; what cannot be kept is set aside and holds nothing up."""
        told = [(message, found) for message in messages if (found := self._told(message)) is not None]
        before = self.brought, self.known
        try:
            bulk.in_transaction(self.store, lambda: self._page(told, place, before))
        except IntakeError:
            self.brought, self.known = before
            for message, found in told:
                self._alone(message, found)
            bulk.in_transaction(self.store, lambda: self._go_on(place, None))
        except LeaseLost:
            self.brought, self.known = before  # nothing of it was kept
            raise
        self.place = place

    def _told(self, message: Message) -> Told | None:
        try:
            return self.read(*message)
        except IntakeError as error:
            self._refuse(message, error)
            return None

    def _page(
        self, told: Sequence[tuple[Message, Told]], place: dict[str, Any], before: tuple[int, int]
    ) -> None:
        self.brought, self.known = before  # it may be the second attempt
        lags = [lag for _, found in told if (lag := self._keep(found)) is not None]
        self._go_on(place, min(lags, default=None))

    def _alone(self, message: Message, told: Told) -> None:
        try:
            bulk.in_transaction(self.store, lambda: self._keep(told))
        except IntakeError as error:
            self._refuse(message, error)

    def _keep(self, told: Told) -> int | None:
        """Keeps one message; returns how late it was where it brought something."""
        now = self.now()
        done = keep(self.store, self.config, self.shop, told, now, self._is_history(told, now))
        if not done.accepted:
            self.known += 1
            return None
        self.brought += 1
        return lag_of(told, now)

    def _is_history(self, told: Told, now: int) -> bool:
        """Says whether a message is to wake no rule: history was asked for, and its order is old."""
        wanted, placed = self.place.get("history", False), lag_of(Told(orders=_placed(told)), now)
        return bool(wanted and placed is not None and placed > YOUNG)

    def _go_on(self, place: dict[str, Any], lag: int | None) -> None:
        now = self.now()
        news: dict[Any, Any] = {Pull.lease_until_at: now + LEASE, Pull.place: json.dumps(place)}
        if lag is not None:
            news |= {Pull.lag: lag, Pull.brought_at: now}
        if not Pull.update(news).where(self._mine, Pull.owner == self.owner).execute():
            raise self._lost()

    def _refuse(self, message: Message, error: IntakeError) -> None:
        said = "; ".join(f"{pointer}: {detail}" for pointer, detail in error.problems)
        body = json.dumps(message[1], ensure_ascii=False, default=str)
        self.refused += 1
        bulk.in_transaction(
            self.store, lambda: set_aside_once(self.shop.id, self.name, message[0], body, said, self.now())
        )

    def end(self, every: int, error: str | None = None, wait: int = 0) -> None:
        """Gives the turn back and says what came of it; `every` and `wait` in microseconds until the next one."""

        def work() -> None:
            now, row = self.now(), Pull.get(self._mine)
            failures = 0 if error is None else row.failures + 1
            pause = (
                max(wait, min(6 * HOUR, every * 2 ** min(failures - 1, 6)))
                if failures
                else every
                if self.done
                else 0
            )
            news: dict[Any, Any] = {
                Pull.lease_until_at: 0, Pull.next_at: now + pause, Pull.failures: failures,
                Pull.brought: row.brought + self.brought, Pull.known: row.known + self.known,
                Pull.refused: row.refused + self.refused,
            }  # fmt: skip
            if error is not None:
                news |= {Pull.error: error[:1000], Pull.error_at: now}
            elif self.done:
                news |= {Pull.asked_at: now, Pull.note: self.note}
            Pull.update(news).where(self._mine, Pull.owner == self.owner).execute()

        bulk.in_transaction(self.store, work)


def _placed(told: Told) -> list[dict[str, Any]]:
    return [{"placed_at": order["placed_at"]} for order in told.orders if order.get("placed_at")]
