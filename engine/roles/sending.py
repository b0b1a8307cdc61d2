"""The role that sends: the sender of engine/delivery, told when a late mail has to wait for the morning."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, cast

import structlog

from engine.cli.home import Home
from engine.delivery.pool import PORT_FILE
from engine.delivery.sender import SenderHome, run_sender
from models import Customer, Message, Shop

if TYPE_CHECKING:
    from engine.roles.housekeeping import Beside

log = structlog.get_logger()
READ_AGAIN_AFTER = 60.0  # seconds
CATCHER_WITHIN = 10.0


class OpeningHours:
    """Says when a mail that comes long after its decision may go: quiet hours, closed days and caps hold for it too."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._hours: object = None
        self._policy: object = None
        self._read = 0.0

    def __call__(self, message: Message) -> int | None:
        """Returns until when the message waits, or None where it may go now."""
        from engine.outbox.room import room_at
        from engine.policy.hours import Hours
        from engine.rulebook.ast import Policy

        if self._hours is None or time.monotonic() - self._read > READ_AGAIN_AFTER:
            self._hours, self._read = self._load(), time.monotonic()
        assert isinstance(self._hours, Hours)
        assert isinstance(self._policy, Policy)
        customer = Customer.get_by_id(message.customer_id)
        country = customer.country or Shop.get_by_id(message.shop_id).country
        now = self.home.clock.now()
        opens_at = self._hours.opens_at(now, customer.zone, country)
        if opens_at != now:
            return message.expires_at if opens_at is None else opens_at
        return room_at(self._policy, message, now)

    def _load(self) -> object:
        """Reads the policy in force; imported only here, for most senders never meet a late mail."""
        from engine.policy.hours import Hours
        from engine.policy.public_holidays import HolidayCalendar
        from engine.rulebook.counting import only_published
        from engine.rulebook.publication import in_force
        from engine.rulebook.server_words import vocabulary_of

        words = vocabulary_of(self.home.config, self.home.templates)
        self._policy = in_force(only_published(words), words).policy
        return Hours(self._policy, HolidayCalendar())


class Watching:
    """Looks for late work beside the sending, so that it is told even where no clock lives to tell it."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._beside: Beside | None = None

    def __call__(self) -> None:
        """Begins a look, unless one is still going on."""
        from engine.roles.housekeeping import Beside  # not needed to begin with, and a sender starts fast
        from engine.watchdog import watch

        self._beside = self._beside or Beside(self.home, watch)
        self._beside.start()


def run_sending(home: Home, stop: threading.Event) -> None:
    """Sends until `stop`."""
    if not home.config.relay.host:
        _await_catcher(home, stop)
    run_sender(cast(SenderHome, home), stop, OpeningHours(home), Watching(home))


def _await_catcher(home: Home, stop: threading.Event) -> None:
    """Gives a catcher that starts at the same time a moment: a relay that is away is not tried again for a while."""
    until = time.monotonic() + CATCHER_WITHIN
    while not (home.path / PORT_FILE).exists() and time.monotonic() < until and not stop.is_set():
        stop.wait(0.05)
