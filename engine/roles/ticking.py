"""The role that decides: each minute, and soon after something was learned, it ticks the shops whose lease it holds."""

from __future__ import annotations

import threading

import structlog

from engine.audit import note_settings
from engine.cli.home import Home
from engine.clock import MINUTE
from engine.errors import LeaseLost, RegularsError
from engine.failpoint import failpoint
from engine.feedback.clicks import is_to_judge
from engine.lease import acquire, name_of_this_process
from engine.live import Live
from engine.roles.housekeeping import housekeeping
from engine.roles.notifying import telling_endpoints
from engine.scheduler import run_clock
from engine.tallies import tallies
from engine.tick import Ticked
from engine.wake import CLOCK, SENDER, Ear, wake
from models import Change, Cursor, Shop

log = structlog.get_logger()


class Ticking:
    """One clock of one home."""

    def __init__(self, home: Home) -> None:
        self.home, self.live = home, Live(home)
        self.name = name_of_this_process()
        self.back_in_time: set[str] = set()  # shops that have been ticked at a later moment than this
        self.failed = False  # then only the full minute tries again, not every second

    def prepare(self) -> None:
        """Writes down shops and rules, so that they act from now on."""
        with self.home.store.use():
            self.live.prepare(self.home.clock.now())
            with self.home.store.transaction():
                settings = self.home.config.model_dump(mode="json")
                note_settings(settings, self.home.store.secret, self.home.clock.now())

    def tick(self) -> None:
        """Ticks every shop that no other clock ticks, and wakes the sender where there is mail."""
        with self.home.store.use():
            done = [self._tick(shop) for shop in self.live.shops()]
            tallies.write(self.home.store)
        self.failed = None in done
        if any(ticked and ticked.messages for ticked in done):
            wake(self.home.path, SENDER)

    def _tick(self, shop: Shop) -> Ticked | None:
        """Ticks one shop; None where that failed, so that the others go on."""
        lease = acquire(self.home.store, shop.id, self.name, self.home.clock)
        if lease is None:
            return Ticked()
        failpoint("tick.leased")
        self._tell_of_time(shop)
        try:
            ticked = self.live.tick_shop(shop, self.home.clock.now(), lease.guard)
        except LeaseLost as error:
            log.warning("lease lost", shop=shop.key, error=str(error))
            return Ticked()
        except RegularsError as error:
            log.error("tick failed", shop=shop.key, error=str(error))
            return None
        except Exception:
            log.exception("tick failed", shop=shop.key)
            return None
        if ticked.due:
            log.info("ticked", shop=shop.key, due=ticked.due, messages=ticked.messages)
        return ticked

    def _tell_of_time(self, shop: Shop) -> None:
        """Says so, once, where the clock stands before the last tick: nothing is decided until it has caught up."""
        ahead = (Cursor.get(Cursor.shop == shop.id).ticked_at - self.home.clock.now()) // MINUTE
        if ahead > 0 and shop.key not in self.back_in_time:
            log.error(
                "clock_went_back",
                shop=shop.key,
                minutes=ahead,
                remedy="set the clock; until then no mail is decided",
            )
        (self.back_in_time.add if ahead > 0 else self.back_in_time.discard)(shop.key)

    def is_work_waiting(self) -> bool:
        """Says whether something was learned that no tick has looked at, perhaps through another machine."""
        if self.failed:
            return False
        with self.home.store.use():
            return Change.select(Change.id).first() is not None or is_to_judge(self.home.clock.now())

    def release(self) -> None:
        """Lets another clock begin at once."""
        with self.home.store.use():
            for shop in self.live.shops():
                lease = acquire(self.home.store, shop.id, self.name, self.home.clock)
                if lease:
                    lease.release(self.home.store)


def run_ticking(home: Home, stop: threading.Event) -> None:
    """Ticks until `stop`."""
    clock = Ticking(home)
    clock.prepare()
    with Ear(home.path, CLOCK) as ear, telling_endpoints(home, clock.live):
        run_clock(stop, ear, clock.tick, clock.is_work_waiting, housekeeping(home))
    clock.release()
