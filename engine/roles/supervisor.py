"""Keeps the roles of one machine running: starts each as a process, and again when it dies."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from engine.roles.stopping import PARENT

log = structlog.get_logger()
LOOKS_EVERY = 0.1  # seconds between two looks at the children
HEALTHY_AFTER = 10.0  # seconds: who lived so long begins anew with a short wait
FIRST_WAIT, LONGEST_WAIT = 0.2, 30.0
PATIENCE = 30.0  # seconds that a role has to finish what it holds


@dataclass(slots=True)
class Child:
    """One role's process, and when it may be started again."""

    role: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0  # in a row, each soon after its start
    not_before: float = 0.0

    def start(self, now: float) -> None:
        """Starts the role in a process group of its own, so that Ctrl-C asks the parent and nobody else."""
        environment = {**os.environ, PARENT: str(os.getpid())}
        self.process = subprocess.Popen(
            self.command, env=environment, stdin=subprocess.DEVNULL, process_group=0
        )
        self.started = now
        log.info("started", role=self.role, pid=self.process.pid)

    def look(self, now: float) -> None:
        """Starts the role where it should run and does not; after a death it waits, longer each time."""
        if self.process is not None and self.process.poll() is not None:
            self.deaths = 1 if now - self.started > HEALTHY_AFTER else self.deaths + 1
            wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (self.deaths - 1))
            log.error("died", role=self.role, code=self.process.returncode, restart_in_seconds=wait)
            self.process, self.not_before = None, now + wait
        if self.process is None and now >= self.not_before:
            self.start(now)


@dataclass(slots=True)
class Supervisor:
    """The parent of all roles; `commands` says how each is started, in the order in which they start."""

    commands: Mapping[str, Sequence[str]]
    children: list[Child] = field(default_factory=list)

    def run(self, stop: threading.Event) -> None:
        """Keeps every role running until `stop`, then ends them and returns when the last has gone."""
        self.children = [Child(role, command) for role, command in self.commands.items()]
        try:
            while not stop.is_set():
                for child in self.children:
                    child.look(time.monotonic())
                stop.wait(LOOKS_EVERY)
        finally:
            self.end()

    def end(self) -> None:
        """Asks all roles to finish, waits for them, and kills what does not go."""
        running = [child for child in self.children if child.process is not None]
        for child in running:
            assert child.process
            child.process.terminate()
        until = time.monotonic() + PATIENCE
        for child in running:
            assert child.process
            try:
                child.process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.error("killed, it did not stop when asked", role=child.role, pid=child.process.pid)
                child.process.kill()
                child.process.wait()
            log.info("stopped", role=child.role, code=child.process.returncode)
