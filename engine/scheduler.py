"""The clock: APScheduler says when, the tables say what. Nothing else imports it.

It keeps no jobs of its own, so nothing is lost when it dies: the cursor of each shop says how far the ticks have come,
and the next tick goes through what was missed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from peewee import DatabaseError

from engine.errors import RegularsError
from engine.store import root_of
from engine.wake import Ear

log = structlog.get_logger()
Act = Callable[[], object]
AT_MOST_EVERY = 1.0  # seconds between two ticks that were asked for by waking
ALWAYS = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}  # late is better than never, once


class Turns:
    """Lets one act at a time run, whoever asks for it, and lives on when one fails."""

    def __init__(self) -> None:
        self._one = threading.Lock()

    def take(self, name: str, act: Act) -> None:
        """Runs the act when it is its turn; an error is told and left to the next turn."""
        with self._one:
            try:
                act()
            except RegularsError as error:
                log.error("failed", act=name, error=str(error))
            except DatabaseError as error:
                log.error("failed", act=name, error=f"the store cannot be used: {root_of(error)}")
            except Exception:
                log.exception("failed", act=name)


def run_clock(
    stop: threading.Event, ear: Ear, tick: Act, is_work_waiting: Callable[[], bool], housekeeping: dict[Act, int],
) -> None:  # fmt: skip
    """Ticks at each full minute, and at most once a second when woken or when work waits, until `stop`.

    `is_work_waiting` is asked each second, for what another machine took in; `housekeeping` maps an act to the seconds
    between two of it.
    """
    turns = Turns()
    scheduler = BackgroundScheduler(timezone=UTC, job_defaults=ALWAYS)
    scheduler.add_job(turns.take, CronTrigger(second=0, timezone=UTC), ("tick", tick), id="tick")
    for act, seconds in housekeeping.items():
        name = getattr(act, "__name__", "housekeeping")
        scheduler.add_job(turns.take, IntervalTrigger(seconds=seconds), (name, act), id=name)
    scheduler.start()
    try:
        turns.take("tick", tick)  # what was missed while nobody ticked
        while not stop.is_set():
            began = time.monotonic()
            if ear.wait(AT_MOST_EVERY) or is_work_waiting():
                turns.take("tick", tick)
            stop.wait(max(0.0, AT_MOST_EVERY - (time.monotonic() - began)))
    finally:
        scheduler.shutdown(wait=True)
