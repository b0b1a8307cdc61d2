"""Webhooks out beside the ticks: a thread of the clock's process, which no tick and no mail waits for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING

import structlog
from peewee import DatabaseError, InterfaceError

from engine.cli.home import Home
from engine.lease import name_of_this_process
from engine.live import Live
from engine.store import root_of

if TYPE_CHECKING:
    from engine.notifying.queue import Whose
    from engine.notifying.rounds import Notifier

log = structlog.get_logger()
Act = Callable[[], object]
LOOKS_EVERY = 1.0  # seconds
PATIENCE = 10.0  # seconds that posts which have begun may take at the end


@contextmanager
def telling_endpoints(home: Home, live: Live) -> Iterator[None]:
    """Tells endpoints meanwhile, where config.yaml names some; without them no thread is started and nothing asked."""
    if not home.store.listeners:
        yield
        return
    from engine.notifying.rounds import Notifier  # only a home that has endpoints pays for it

    teller = Teller(home, live, Notifier(home, name_of_this_process()))
    thread = _beside(teller.run)
    thread.start()
    try:
        yield
    finally:
        teller.notifier.stop.set()
        thread.join(PATIENCE)


def _beside(act: Act) -> threading.Thread:
    """Makes a thread whose lines in the log say as well which role they come from."""
    return threading.Thread(target=copy_context().run, args=(act,), name="webhooks", daemon=True)


class Teller:
    """Looks each second what is due, and lets each endpoint be told in a thread of its own: a slow one delays no other."""

    def __init__(self, home: Home, live: Live, notifier: Notifier) -> None:
        self.home, self.live, self.notifier = home, live, notifier
        self.busy: dict[tuple[int, str], threading.Thread] = {}

    def run(self) -> None:
        """Goes on until the server stops, whatever fails."""
        while not self.notifier.stop.is_set():
            self._safely(self.once)
            self.notifier.stop.wait(LOOKS_EVERY)
        for thread in self.busy.values():
            thread.join(PATIENCE)

    def once(self) -> None:
        """Looks once: at goals, and at what is due."""
        with self.home.store.use():
            self._look_at_goals()
            due = self.notifier.waiting()
        for whose in due:
            key = (whose.shop_id, whose.settings.name)
            if key not in self.busy or not self.busy[key].is_alive():
                self.busy[key] = _beside(partial(self._drain, whose))
                self.busy[key].start()

    def _look_at_goals(self) -> None:
        from engine.notifying.goals import look, shops_queued, view_of

        home = self.home
        for shop in shops_queued(home.store):
            now = home.clock.now()
            look(home.store, view_of(home.config, shop, self.live.rulebook, now, home.store.postgresql))

    def _drain(self, whose: Whose) -> None:
        def told() -> None:
            with self.home.store.use():
                self.notifier.drain(whose)

        self._safely(told)

    def _safely(self, act: Act) -> None:
        try:
            act()
        except (DatabaseError, InterfaceError) as error:
            log.error("failed", act="webhooks", error=f"the store cannot be used: {root_of(error)}")
        except Exception:
            log.exception("failed", act="webhooks")
