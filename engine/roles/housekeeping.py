"""What is thrown away or taken back from time to time, so that a home neither grows without end nor forgets a mail."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from engine.cli.home import Home
from engine.consent.handed_out import FOLDER, throw_away_old
from engine.consent.returned import lately_refused, note_refused
from engine.consent.suppression import end_pauses
from engine.outbox.recover import expire, recover
from engine.profile.together import refresh
from engine.roles.asking import shop_systems
from engine.roles.retention import prune
from engine.tallies import tallies
from engine.watchdog import watch
from models import Shop

log = structlog.get_logger()
MINUTE, HOUR = 60, 3600


def housekeeping(home: Home) -> dict[Callable[[], object], int]:
    """Returns what is to be done, and every how many seconds."""

    def take_back() -> None:
        with home.store.use():
            now = home.clock.now()
            found = recover(home.store, now), expire(home.store, now)
            note_refused(home.store, home.config, lately_refused(now), now)  # what a crash has left out
            over = end_pauses(home.store, now)
        if any(found) or over:
            log.info("taken back", messages=found[0], expired=found[1], pauses_over=over)

    def pruning() -> None:
        old.start()

    def watchdog() -> None:
        watching.start()

    beside, watching, old = Beside(home, pair_up), Beside(home, watch), Beside(home, throw_away)
    done = {take_back: MINUTE, watchdog: MINUTE, pruning: HOUR, beside.start: 10 * MINUTE}
    return done | returned_mail(home) | shop_systems(home, Beside)


class Beside:
    """Does in a thread of its own what may take minutes, so that no tick waits for it; never twice at once."""

    def __init__(self, home: Home, act: Callable[[Home], object]) -> None:
        self.home, self.act = home, act
        self.thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins, unless it is still at it."""
        if self.thread is None or not self.thread.is_alive():
            self.thread = threading.Thread(target=self._run, name=self.act.__name__, daemon=True)
            self.thread.start()

    def _run(self) -> None:
        try:
            with self.home.store.use():
                self.act(self.home)
        except Exception:
            log.exception("failed", act=self.act.__name__)


def returned_mail(home: Home) -> dict[Callable[[], object], int]:
    """Returns what reads the mailbox of returned mail, where config.yaml names one."""
    imap, beside = home.config.feedback.imap, Beside(home, take_returned)

    def mailbox() -> None:
        beside.start()

    return {} if imap is None else {mailbox: imap.every_minutes * MINUTE}


def take_returned(home: Home) -> None:
    """Reads the mailbox of returned mail; where it is away, the next time is soon."""
    from engine.feedback.imap import MailboxAway, read_mailbox  # only a home that has one pays for it

    try:
        read_mailbox(home.store, home.config, home.clock.now)
    except MailboxAway as error:
        log.warning("mailbox_away", reason=str(error))


def pair_up(home: Home) -> int:
    """Works out what the customers of each shop buy together, once a day; returns how many pairs were found."""
    now, found = home.clock.now(), 0
    for (shop,) in list(Shop.select(Shop.id).order_by(Shop.id).tuples()):
        found += refresh(home.store, shop, now)
    if found:
        log.info("bought together", pairs=found)
    return found


def throw_away(home: Home) -> None:
    """Throws away what is no longer kept, as engine/roles/retention.py says."""
    pruned = prune(home)
    if files := throw_away_old(home.path, home.clock.now()):
        pruned[FOLDER] = files
    tallies.add("prunings")
    tallies.write(home.store, at_once=True)
    if pruned:
        log.info("pruned", **pruned)
