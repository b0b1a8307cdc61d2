"""Asks one request after another and judges each; what was found is told in a way in which it can be asked again."""

from __future__ import annotations

import logging
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import structlog
from flask import got_request_exception

from tests.fuzz.calls import Answer, Call, ask
from tests.fuzz.judge import faults
from tests.fuzz.watch import Watch
from tests.fuzz.world import World

EACH = 1000  # requests, after which every table is counted
Make = Callable[[Random, World], Call]


@dataclass(frozen=True, slots=True)
class Fault:
    """A request that was answered as none may be. `seed` makes it again."""

    seed: str
    why: str
    call: Call
    answer: Answer
    trace: str

    def __str__(self) -> str:
        return f"{self.seed}: {self.why}\n  {self.call.shown()}\n  {self.answer.body[:300]!r}\n{_short(self.trace)}"


def _short(trace: str) -> str:
    """Leaves out of a traceback what says the same again and again."""
    lines = trace.splitlines()
    return "\n".join([*lines[-14:]]) if len(lines) > 14 else trace


@dataclass
class Tally:
    """What came of it: answers by area and hundred, faults, and how often every table was counted."""

    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    faults: list[Fault] = field(default_factory=list)
    wrote: int = 0  # refusals after which something was written: that they came
    counted: int = 0
    problems: list[str] = field(default_factory=list)
    addresses: Counter[str] = field(default_factory=Counter)


@contextmanager
def quiet() -> Iterator[None]:
    """Lets nothing be logged: a request that breaks says more by its answer than by a hundred lines."""

    def drop(*_: Any) -> Any:
        raise structlog.DropEvent

    before, was = structlog.get_config(), logging.root.manager.disable
    structlog.configure(processors=[drop])
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        structlog.configure(**before)
        logging.disable(was)


class Rounds:
    """One world under fire."""

    def __init__(self, world: World) -> None:
        self.world, self.watch, self.tally = world, Watch(world.store), Tally()
        self.broken: list[str] = []
        for app in (world.app, world.app.extensions["api"]):
            got_request_exception.connect(self._broke, app)

    def _broke(self, sender: Any, exception: BaseException, **_: Any) -> None:
        self.broken.append("".join(traceback.format_exception(exception)))

    def fire(self, make: Make, seed: str, numbers: range) -> None:
        """Asks one request for each number; each is drawn from its own seed, whatever was asked before."""
        for number in numbers:
            mine = f"{seed}:{number}"
            self.one(make(Random(mine), self.world), mine)
            if number % EACH == EACH - 1:
                self.count()
        self.count()

    def one(self, call: Call, seed: str) -> Answer:
        """Asks one request and writes down what came of it."""
        self.broken.clear()
        self.world.passes()
        try:
            answer = ask(self.world.app, call)
        except Exception as error:  # noqa: BLE001 - whatever gets out of the application is a fault of its own
            self.broken.append("".join(traceback.format_exception(error)))
            answer = Answer(599, {}, str(error).encode(), 0.0)
        news = self.watch.news()
        tally = self.tally
        tally.answers[(call.area, f"{answer.status // 100}xx")] += 1
        tally.slowest = max(tally.slowest, (answer.seconds, seed))
        tally.wrote += answer.status >= 400 and bool(news)
        tally.faults += [
            Fault(seed, why, call, answer, "".join(self.broken)) for why in faults(call, answer, news)
        ]
        return answer

    def count(self) -> None:
        """Counts every table and looks for what no store may hold."""
        self.tally.counted += 1
        self.tally.problems += [*self.watch.untrue(), *self.watch.unsound()]

    def close(self) -> None:
        """Lets go of the store."""
        self.watch.close()


def told(tally: Tally, most: int = 10) -> str:
    """Writes down what was found, in words to be read in a failed test."""
    by_why: dict[str, list[Fault]] = {}
    for fault in tally.faults:
        by_why.setdefault(
            fault.why[:60] + fault.call.area + fault.call.path[:20] + fault.trace[-200:], []
        ).append(fault)
    shown = [f"{len(same)} times: {same[0]}" for same in list(by_why.values())[:most]]
    return "\n".join([*sorted(set(tally.problems)), *shown])


def table(tally: Tally) -> Iterator[str]:
    """Yields the lines of the table of docs/fuzz.md."""
    areas = sorted({area for area, _ in tally.answers})
    hundreds = sorted({hundred for _, hundred in tally.answers})
    yield "| asked | " + " | ".join(hundreds) + " | all |"
    yield "|---" + "|---:" * (len(hundreds) + 1) + "|"
    for area in areas:
        cells = [tally.answers[(area, hundred)] for hundred in hundreds]
        yield f"| {area} | " + " | ".join(f"{cell:,}" for cell in (*cells, sum(cells))) + " |"
    cells = [sum(tally.answers[(area, hundred)] for area in areas) for hundred in hundreds]
    yield "| **all** | " + " | ".join(f"{cell:,}" for cell in (*cells, sum(cells))) + " |"
