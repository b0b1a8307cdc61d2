"""Where mail of test mode ends: in the catcher's mailbox, written there without a relay, a connection or an address.

No SMTP is spoken, so there is nothing that a setting could point elsewhere, and no catcher need be running.
"""

from __future__ import annotations

import email
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from engine.clock import Clock
from engine.config_testing import is_apart, plain
from engine.delivery.exchange import Answer, Letter
from engine.delivery.headers import decoded
from engine.delivery.sender import Sender, SenderHome
from engine.delivery.templates import Templates
from engine.delivery.workers import name_of_tests
from engine.outbox.claim import waits_for_mailroom
from engine.store import Store
from models import Caught

log = structlog.get_logger()
LOOKS_EVERY = 1.0  # seconds
ENDS_WITHIN = 20.0
KEPT = Answer("sent", "250 kept in the mailbox: test mode", True)
REAL_MAIL = Answer("refused", "the mailroom of test mode takes no mail to a real address", True, "test_mode")


@dataclass(slots=True)
class Mailroom:
    """Takes the place of a pool of connections for mail of test mode, and of no other."""

    store: Store
    clock: Clock

    def ready(self) -> str | None:
        """Says that mails can go, always."""
        return None

    def carry(self, letters: Sequence[Letter]) -> dict[int, Answer]:
        """Keeps the mails in one commit, each under the address that the shop has named."""
        tests = [letter for letter in letters if is_apart(letter.to)]
        now = self.clock.now()
        with self.store.transaction():
            for letter in tests:
                subject = decoded(str(email.message_from_bytes(letter.raw).get("Subject", "")))
                raw = letter.raw.decode("latin-1")
                Caught.create(to=plain(letter.to), subject=subject, raw=raw, at=now, test=True)
        kept = {letter.id for letter in tests}
        return {letter.id: KEPT if letter.id in kept else REAL_MAIL for letter in letters}


def sender_of_tests(
    home: SenderHome, worker: str, templates: Templates, stopped: Callable[[], bool] = lambda: False
) -> Sender:
    """Returns the sender that claims mail of test mode and nothing else."""
    return Sender(
        home.store, home.config, templates, Mailroom(home.store, home.clock), home.clock, name_of_tests(worker),
        stopped=stopped, key=home.key, testing=True,
    )  # fmt: skip


def bring_tests(home: SenderHome, worker: str, stop: threading.Event) -> None:
    """Brings mail of test mode to the mailbox until `stop`, beside the sender: a relay that is away delays none of it."""
    sender = sender_of_tests(home, worker, Templates(home.templates / "email"), stop.is_set)
    while not stop.wait(LOOKS_EVERY):
        try:
            with home.store.use():
                if waits_for_mailroom(home.clock.now()):
                    sender.send_due()
        except Exception:  # the next second tries again
            log.exception("failed", act="tests")


@contextmanager
def mailroom_beside(home: SenderHome, worker: str, stop: threading.Event) -> Iterator[None]:
    """Keeps that up while a sender works."""
    thread = threading.Thread(target=bring_tests, args=(home, worker, stop), name="tests", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(ENDS_WITHIN)
