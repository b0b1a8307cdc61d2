"""Small requests that arrive while another is being committed are written together, in one durable commit.

A commit waits for the disk, and each of its statements is paid once however many orders it brings. So those who wait for
the turn are taken along by the first that gets it: the busier the server, the less a request costs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from engine import bulk
from engine.failpoint import failpoint
from engine.intake.accepting import Accepted, Intake
from engine.web.api.credentials import confirm

TOGETHER = "together"  # where the application keeps its own
SMALL = 20  # items of a request that may be taken along; a longer list has a transaction of its own
MOST = 500  # items in one transaction
Write = Callable[[Intake, list[Any], list[Any]], Accepted]


@dataclass(slots=True, eq=False)
class _Waiting:
    """One request that waits to be written."""

    kind: Hashable
    digest: str  # of the key that sent it
    intake: Intake
    items: list[Any]
    raws: list[Any]
    done: Accepted | None = None


@dataclass(slots=True)
class Together:
    """The requests of one process that wait for their turn to write; `written` is called after each commit."""

    written: Callable[[], object]
    turn: threading.Lock = field(default_factory=threading.Lock)
    waiting: list[_Waiting] = field(default_factory=list)
    look: threading.Lock = field(default_factory=threading.Lock)
    heavy: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def undisturbed(self, heavy: bool) -> Iterator[None]:
        """Lets one long list at a time be read and written in this process, if `heavy`.

        SQLite's driver gives Python's lock away at every row, and a thread that reads another list would keep it for five
        milliseconds each time: two lists at once took a tenth longer than one after the other (measured).
        """
        if not heavy:
            yield
            return
        with self.heavy:
            yield

    def write(self, write: Write, digest: str, intake: Intake, items: list[Any], raws: list[Any]) -> Accepted:
        """Writes what one request brings, and returns only when it is committed; raises what its own writing raises.

        `digest` is of the key that sent it: where that was revoked meanwhile nothing is written, and a 401 is raised.
        """
        mine = _Waiting((write, intake.shop_id), digest, intake, items, raws)
        if len(items) <= SMALL:
            with self.look:
                self.waiting.append(mine)
            with self.turn:
                if mine.done is None:
                    self._write_all(write, self._taken_along(mine))
        if mine.done is None:
            with nullcontext() if intake.store.postgresql else self.turn:
                mine.done = self._commit(write, intake, [mine])
        return mine.done

    def _taken_along(self, mine: _Waiting) -> list[_Waiting]:
        """Takes those out of the queue that write the same kind of thing for the same shop; `mine` is among them."""
        with self.look:
            if mine not in self.waiting:
                return []  # it was taken along, and something of that company could not be written
            taken, items = [mine], len(mine.items)
            for one in self.waiting:
                if one is not mine and one.kind == mine.kind and items + len(one.items) <= MOST:
                    taken.append(one)
                    items += len(one.items)
            self.waiting[:] = [one for one in self.waiting if one not in taken]
        return taken

    def _write_all(self, write: Write, taken: Sequence[_Waiting]) -> None:
        """Writes them in one transaction; where that fails nothing is kept, and each tries for itself."""
        if not taken:
            return
        first = taken[0].intake
        now = max(one.intake.now for one in taken)
        shared = Intake(first.store, first.config, first.shop, first.shop_id, now, first.history, set())
        try:
            done = self._commit(write, shared, taken)
        except Exception:  # noqa: BLE001 - whose it is shows when each is written alone, and is raised there
            return
        outcomes = iter(done.outcomes)
        for one in taken:
            one.done = Accepted(tuple(next(outcomes) for _ in one.items))

    def _commit(self, write: Write, intake: Intake, taken: Sequence[_Waiting]) -> Accepted:
        """Writes in one transaction what they bring, over the connection of those who write in turn."""
        intake.store = intake.store.writer()
        items, raws = [i for one in taken for i in one.items], [r for one in taken for r in one.raws]

        def work() -> Accepted:
            confirm(intake.store, {one.digest for one in taken}, intake.now)
            return write(intake, items, raws)

        with intake.store.use():
            done = bulk.in_transaction(intake.store, work)
        failpoint("intake.committed")
        self.written()
        return done
