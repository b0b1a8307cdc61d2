"""The home of the proof: a stepped clock, rules of every kind of class, and a relay that counts."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import TypeVar

from engine.cli.home import database_url
from engine.clock import MINUTE, SteppedClock, moment
from engine.config import load_config
from engine.failpoint import FIRED, VARIABLE
from engine.store import Store, open_store
from engine.wake import CLOCK, SENDER, wake
from models import OPEN_STATES, Change, Cursor, Message, Order
from tests.promise.crashes.sink import Relay
from tests.story.served import Served
from tests.waiting import until

OFFERS = ("An offer right after the order", "A second look", "Welcome among our buyers")
RULES = {
    "offers.yaml": """
- rule: offer
  title: An offer right after the order
  note: Something that goes with it.
  when: {ordered: any}
  send: plain
  with: {coupon: {percent: 10, valid: 14 days}}
  once: per order
- rule: second-look
  title: A second look
  note: Two minutes later.
  when: {ordered: any, after: 2 minutes}
  send: plain
  once: per order
- rule: welcome
  title: Welcome among our buyers
  note: Whoever enters the segment gets this.
  when: {enters: buyers}
  send: plain
  once: ever
""",
    "orders.yaml": """
- rule: thank-you
  title: Thank you for an order
  purpose: transactional
  priority: 100
  when: {ordered: any}
  send: thank-you
  once: per order
""",
    "segments.yaml": 'buyers: {orders: ">= 1"}\n',
}
T = TypeVar("T")
# minutes: late mails of one address leave one a minute, and a few tills have many orders of the same people
LONGEST_WAIT = 600


class Home(Served):
    """A served home whose clock the proof moves, and whose mail goes to the counting relay."""

    def __init__(self, folder: Path, relay: Relay, database: str | None = None) -> None:
        self.relay_port = relay.port
        super().__init__(folder, database, ("--stepped", "--at", "2026-03-02 10:00"))
        for name, text in RULES.items():
            (self.rules / name).write_text(text, "utf-8")
        self.failpoint = folder / "failpoint"  # what the failpoints of all roles look at
        self.clock = SteppedClock(self.home / "clock")
        self.store: Store = open_store(database_url(load_config(self.config), self.home))
        self.accepted: set[str] = set()
        self._look = threading.Lock()

    def _config(self, database: str | None) -> str:
        relay = f"relay: {{host: 127.0.0.1, port: {self.relay_port}, tls: none}}"
        return re.sub(r"^relay:.*$", relay, super()._config(database), flags=re.MULTILINE)

    def start(self, *options: str) -> None:
        """Starts all roles, their failpoints ready to be armed, and waits until orders can come."""
        self.process = self.spawn("serve", "--port", str(self.port), *options)
        until(lambda: self.answers("/health"), 60)
        self.tick_once()

    def tick_once(self) -> None:
        """Waits for a tick, so that segments are watched before the first customer comes."""
        self.step(MINUTE)
        until(self.has_ticked, 60)

    def spawn(self, *words: str) -> subprocess.Popen[bytes]:
        """Starts a command of this home as a process that failpoints may kill."""
        with self.log.open("a") as log:
            return subprocess.Popen(
                self.command(*words), stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env={**os.environ, VARIABLE: str(self.failpoint)}, process_group=0,
            )  # fmt: skip

    def close(self) -> None:
        """Lets go of the store."""
        self.store.close()

    # --- time -----------------------------------------------------------------------------------------

    def step(self, span: int) -> None:
        """Lets time pass, and lets clock and sender know."""
        self.clock.step_to(self.clock.now() + span)
        wake(self.home, CLOCK)
        wake(self.home, SENDER)

    # --- orders ---------------------------------------------------------------------------------------

    def push(self, numbers: list[str], seconds: float = 60) -> None:
        """Pushes orders, each of a customer of its own, as a shop does: again and again until they are accepted."""
        body = json.dumps([self.order_of(number) for number in numbers]).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}

        def kept() -> bool:
            try:
                status, text = self.post("/api/v1/orders", body, **headers)
            except (OSError, HTTPException):
                return False
            assert status == 201 or status >= 500, f"{status} {text}"
            return status == 201

        until(kept, seconds)
        with self._look:
            self.accepted |= set(numbers)

    def order_of(self, number: str) -> dict[str, object]:
        """Returns an order of a customer who has agreed to offers."""
        consent = {"marketing": {"granted": True, "source": "checkout"}}
        customer = {
            "id": f"c{number}",
            "email": f"c{number}@example.com",
            "first_name": "Anna",
            "consent": consent,
        }
        line = {
            "product": "ACU-30",
            "name": "Acuvue Oasys 30",
            "category": "optics/contact-lenses",
            "price": "64.95",
        }
        at = moment(self.clock.now()).isoformat()
        return {"id": number, "placed_at": at, "status": "paid", "customer": customer, "lines": [line]}

    # --- failpoints -----------------------------------------------------------------------------------

    def arm(self, name: str, times: int = 1) -> None:
        """Asks whoever passes the place for the nth time to die there."""
        draft = self.failpoint.with_suffix(".draft")
        draft.write_text(f"{name} {times}", "ascii")
        draft.replace(self.failpoint)

    def fired(self) -> bool:
        """Says whether somebody has died there."""
        return self.failpoint.with_suffix(FIRED).exists()

    def disarm(self) -> None:
        """Asks nobody to die any more."""
        self.failpoint.unlink(missing_ok=True)
        self.failpoint.with_suffix(FIRED).unlink(missing_ok=True)

    # --- what the store says --------------------------------------------------------------------------

    def ask(self, question: Callable[[], T]) -> T:
        """Asks the home's own store."""
        with self.store.use():
            return question()

    def in_doubt(self, pid: int | None = None) -> list[int]:
        """Counts what each worker is sending, of one process or of all: a crash makes so many unknown."""
        rows = Message.select(Message.claimed_by).where(Message.state == "sending")
        owners = self.ask(lambda: [owner for (owner,) in rows.tuples()])
        found = Counter(owner for owner in owners if pid is None or owner.rpartition(":")[2] == str(pid))
        return sorted(found.values())

    def states(self, purpose: str) -> list[tuple[str, str, str | None]]:
        """Lists rule, state and reason of all mails of a purpose."""
        columns = Message.select(Message.rule, Message.state, Message.reason)
        return self.ask(lambda: list(columns.where(Message.purpose == purpose).tuples()))

    def given_up(self) -> set[str]:
        """Returns the orders whose thank-you has ended unknown for good: three times, and the console says so."""
        over = Message.select(Message.anchors).where(
            Message.purpose == "transactional", Message.state == "unknown"
        )
        keys = self.ask(lambda: [anchors[0]["order_id"] for (anchors,) in over.tuples()])
        named = Order.select(Order.external_id).where(Order.id << keys)
        return self.ask(lambda: {number for (number,) in named.tuples()}) if keys else set()

    def has_ticked(self) -> bool:
        """Says whether a tick has gone through every minute up to the present moment."""
        return (self.ask(lambda: Cursor.select(Cursor.ticked_at).scalar()) or 0) >= self.clock.now()

    def is_calm(self) -> bool:
        """Says whether everything that has been decided up to the present moment has gone its way."""
        now = self.clock.now()
        waiting = Message.state.in_(("queued", "deferred")) & (Message.not_before_at <= now)
        under_way = Message.state.in_(("claimed", "sending"))
        return self.ask(
            lambda: not Change.select().exists() and not Message.select().where(waiting | under_way).exists()
        )

    def settle_down(self, seconds: float = 60) -> None:
        """Lets minutes pass until every mail has come to its end."""
        began = time.monotonic()
        for _ in range(LONGEST_WAIT):
            until(self.is_calm, seconds)
            if self._is_over():
                return
            self.step(MINUTE)
            until(self.has_ticked, seconds)  # else the minutes run away from a clock on a busy machine
            assert time.monotonic() - began < 20 * seconds, "mails still wait"
        states = self.ask(lambda: Counter(state for (state,) in Message.select(Message.state).tuples()))
        raise AssertionError(
            f"after {LONGEST_WAIT} minutes: {len(self.accepted)} orders, mails {dict(states)}"
        )

    def _is_over(self) -> bool:
        """Says whether each accepted order has the mails that it is to have, and each of them has ended."""
        wanted = (1 + len(OFFERS)) * len(self.accepted)
        states = self.ask(lambda: [state for (state,) in Message.select(Message.state).tuples()])
        return len(states) >= wanted and not set(states) & set(OPEN_STATES)
