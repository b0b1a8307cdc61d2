"""The round of webhooks out: take what is due, post it on a few lines, write down what became of it. It holds no mail up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Protocol

import structlog

from engine.clock import SECOND, Clock
from engine.config import Config
from engine.failpoint import failpoint
from engine.feedback.fetching import Resolve, addresses_of
from engine.notifying.bodies import Post, posts
from engine.notifying.posting import Answer, Line
from engine.notifying.queue import BUDGET, Whose, claim, is_due, settle
from engine.standard_webhooks import sign
from engine.store import Store
from models import Notice, Shop

log = structlog.get_logger()
LANES = 4  # posts to one endpoint at a time


class Place(Protocol):
    """What is needed of a home."""

    @property
    def config(self) -> Config:
        """Returns the operator's settings."""

    @property
    def store(self) -> Store:
        """Returns the open store."""

    @property
    def clock(self) -> Clock:
        """Returns what tells the time."""


class Notifier:
    """Tells endpoints; several may run on several machines, for each takes what no other holds."""

    def __init__(self, home: Place, worker: str, resolve: Resolve = addresses_of) -> None:
        self.home, self.worker, self.resolve = home, worker, resolve
        self.stop = threading.Event()

    def whose(self) -> Iterator[Whose]:
        """Yields the endpoints of the shops that the store knows."""
        named = {shop.shop: shop for shop in self.home.config.shops if shop.endpoints}
        rows = Shop.select(Shop.id, Shop.key).where(Shop.key.in_(sorted(named))).order_by(Shop.id).tuples()
        for shop_id, key in rows if named else ():
            for settings in named[key].endpoints:
                yield Whose(shop_id, key, settings)

    def waiting(self) -> list[Whose]:
        """Lists the endpoints for which something is due."""
        now = self.home.clock.now()
        return [each for each in self.whose() if is_due(each, now)]

    def drain(self, whose: Whose) -> int:
        """Tells one endpoint what is due until nothing is, or it does not take it; returns how much it took."""
        taken = 0
        while not self.stop.is_set():
            notices = claim(self.home.store, whose, self.worker, self.home.clock.now())
            if not notices:
                break
            told = self._carried(whose, notices)
            failpoint("notice.answered")
            settle(self.home.store, whose, self.worker, told, self.home.clock.now())
            new = sum(answer is not None and answer.taken for _, answer in told)
            taken += new
            if not new:
                break
        return taken

    def _carried(self, whose: Whose, notices: Sequence[Notice]) -> list[tuple[Notice, Answer | None]]:
        """Posts on a few lines at once, each customer's on one; after the first failure nothing new is begun."""
        batch = Batch(self, whose)
        made = posts(notices, whose.shop, whose.settings)
        lanes = [[post for post in made if post.customer % LANES == lane] for lane in range(LANES)]
        threads = [threading.Thread(target=batch.carry, args=(lane,), daemon=True) for lane in lanes if lane]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [(notice, batch.answers.get(notice.id)) for notice in notices]


class Batch:
    """What one endpoint is being told: the answers so far, and whether to go on."""

    def __init__(self, notifier: Notifier, whose: Whose) -> None:
        self.notifier, self.whose = notifier, whose
        self.answers: dict[int, Answer] = {}
        self.over = threading.Event()
        self.until = time.monotonic() + BUDGET / SECOND

    def carry(self, lane: Sequence[Post]) -> None:
        """Posts one after another until something fails, time is up, or the server stops."""
        line = Line(self.whose.settings, self.notifier.resolve)
        try:
            for post in lane:
                if self.over.is_set() or self.notifier.stop.is_set() or time.monotonic() > self.until:
                    return
                self.answers[post.id] = answer = self._posted(line, post)
                if not answer.taken:
                    self.over.set()
        finally:
            line.close()

    def _posted(self, line: Line, post: Post) -> Answer:
        try:
            now = self.notifier.home.clock.now()
            return line.post(
                sign(self.whose.settings.secrets, post.number, now, post.body), post.body.encode()
            )
        except Exception:  # a fault of ours must not end the lane and leave the others without an answer
            log.exception("webhook not made", endpoint=self.whose.settings.name)
            return Answer(error="it could not be made: see the server's log")
