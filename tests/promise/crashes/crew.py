"""The roles of one home as processes that die at any moment and are started again at once, as systemd would."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.promise.crashes.home import Home
from tests.waiting import until

SENDERS = ("sender", "sender-2")
ROLES = ("web", "clock", *SENDERS)
# Who is killed how often; a web server takes longest to come back, and the orders with it.
WEIGHTS = {"sender": 24, "sender-2": 24, "clock": 34, "web worker": 7, "web": 4, "all": 7}
AT_WORK = 0.9  # so often a victim is given the time to begin; else it may die while it starts


@dataclass
class Crew:
    """Every role of a home, kept running by this process; `running` holds their process numbers."""

    home: Home
    random: random.Random
    running: dict[str, int] = field(default_factory=dict)
    kills: int = 0
    starts: int = 0
    in_doubt: list[int] = field(default_factory=list)  # mails being sent by each worker of a sender that died

    def __post_init__(self) -> None:
        """Starts the process that all roles are forked from."""
        with self.home.log.open("a") as log:
            self.nursery = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("nursery.py"))],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, bufsize=1,
            )  # fmt: skip

    def start(self, role: str) -> None:
        """Starts a role as `serve` does."""
        words = ["--port", str(self.home.port), "--threads", "4"] if role == "web" else []
        command = self.home.command("serve", "--role", role.partition("-")[0], *words)
        assert self.nursery.stdin
        assert self.nursery.stdout
        self.nursery.stdin.write(json.dumps(command[2:]) + "\n")
        self.running[role] = int(self.nursery.stdout.readline())
        self.starts += 1

    def start_all(self) -> None:
        """Starts every role and waits until orders can come."""
        for role in ROLES:
            self.start(role)
        until(lambda: self.home.answers("/health"), 60)
        self.home.tick_once()

    def kill_somebody(self) -> None:
        """Kills a role that chance names, or all of them at once, and starts again what is gone."""
        who = self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        if who == "web worker":
            self._kill_a_worker()
        else:
            self._kill(list(ROLES) if who == "all" else [who])
        self.kills += 1

    def _kill(self, roles: list[str]) -> None:
        if self.random.random() < AT_WORK:
            until(lambda: all(self.has_begun(role) for role in roles), 60)
        for role in roles:
            os.killpg(self.running[role], signal.SIGKILL)
        until(lambda: not any(alive(self.running[role]) for role in roles), 30, every=0.005)
        for role in roles:
            self.in_doubt += self.home.in_doubt(self.running[role])
        for role in roles:
            self.start(role)

    def _kill_a_worker(self) -> None:
        """Kills the process that answers, and leaves its master to start another."""
        pid = self.running["web"]
        children = Path(f"/proc/{pid}/task/{pid}/children")
        found = until(lambda: children.read_text("ascii").split(), 60)
        os.kill(int(found[0]), signal.SIGKILL)
        self.starts += 1

    def has_begun(self, role: str) -> bool:
        """Says whether a role has opened its home and begun to work."""
        if role == "web":
            return self.home.answers("/health")
        pipe = "clock.wake" if role == "clock" else "sender.wake"
        return any(_names(link) == pipe for link in _links(self.running[role]))

    def stop(self) -> None:
        """Ends all roles and waits for them."""
        for pid in self.running.values():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        until(lambda: not any(map(alive, self.running.values())), 60)
        self.nursery.communicate()


def alive(pid: int) -> bool:
    """Says whether a process is there."""
    return Path(f"/proc/{pid}").exists()


def _links(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return []


def _names(link: Path) -> str:
    try:
        return os.path.basename(os.readlink(link))
    except OSError:
        return ""
