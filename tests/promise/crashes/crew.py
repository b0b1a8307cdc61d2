"""The roles of one home as processes that die at any moment and are started again at once, as systemd would."""

from __future__ import annotations

import os
import random
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.promise.crashes.home import Home
from tests.waiting import until

SENDERS = ("sender", "sender-2")
ROLES = ("web", "clock", *SENDERS)
# Who is killed how often; a web server takes longest to come back, and the orders with it.
WEIGHTS = {"sender": 30, "sender-2": 30, "clock": 28, "web worker": 4, "web": 3, "all": 5}
AT_WORK = 0.9  # so often a victim is given the time to begin; else it may die while it starts


@dataclass
class Crew:
    """Every role of a home, kept running by this process."""

    home: Home
    random: random.Random
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    kills: int = 0
    starts: int = 0
    in_doubt: list[int] = field(default_factory=list)  # mails being sent by each sender that died

    def start(self, role: str) -> None:
        """Starts a role as `serve` does."""
        words = ["--port", str(self.home.port), "--threads", "4"] if role == "web" else []
        self.running[role] = self.home.spawn("serve", "--role", role.partition("-")[0], *words)
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
            os.killpg(self.running[role].pid, signal.SIGKILL)
        for role in roles:
            self.running[role].wait(30)
        self.in_doubt += [self.home.in_doubt(self.running[role].pid) for role in roles if role in SENDERS]
        for role in roles:
            self.start(role)

    def _kill_a_worker(self) -> None:
        """Kills the process that answers, and leaves its master to start another."""
        pid = self.running["web"].pid
        children = Path(f"/proc/{pid}/task/{pid}/children")
        found = until(lambda: children.read_text("ascii").split(), 60)
        os.kill(int(found[0]), signal.SIGKILL)
        self.starts += 1

    def has_begun(self, role: str) -> bool:
        """Says whether a role has read its code, and has opened its home or is about to."""
        pid = self.running[role].pid
        pipes = {"web": "serve.lock"}
        if role in pipes:
            return self.home.answers("/health")
        name = "clock.wake" if role == "clock" else "sender.wake"
        return any(_names(link) == name for link in _links(pid))

    def stop(self) -> None:
        """Ends all roles and waits for them."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(60)


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
