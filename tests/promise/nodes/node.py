"""A machine of several that share one PostgreSQL: its own home, its own clock, its own processes, which may be paused."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from engine.clock import STEPPED_FILE, make_stepped
from engine.wake import CLOCK, SENDER, wake
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[3]
RULES = """
- {rule: thank-you, purpose: transactional, when: {ordered: any}, send: plain, once: per order, note: Thank you.}
- {rule: offer, when: {ordered: any}, send: plain, once: per order, note: Something that goes with it.}
"""
POLICY = "caps: [{at_most: 1 per 1 day}]\n"


class Node:
    """One machine; all nodes of a test are made from the same rules and key."""

    def __init__(
        self, folder: Path, name: str, database: str, relay: int, at: int, customers: int = 3
    ) -> None:
        self.home = folder / name
        self.home.mkdir()
        (self.home / "secret.key").write_text("5" * 64, "ascii")
        self.rules, self.config = folder / "rules", folder / f"{name}.yaml"
        self.rules.mkdir(exist_ok=True)
        (self.rules / "rules.yaml").write_text(RULES, "utf-8")
        (self.rules / "policy.yaml").write_text(POLICY, "utf-8")
        text = (ROOT / "config.yaml").read_text("utf-8")
        text = re.sub(
            r"^(relay|limits|database|templates|rules):.*\n(?:[ ].*\n)*", "", text, flags=re.MULTILINE
        )
        self.config.write_text(
            f"{text}\ndatabase: {database}\ntemplates: {ROOT / 'templates'}\nrules: {{brake: null}}\n"
            f"limits: {{customers_per_transaction: {customers}}}\n"
            f"relay: {{host: 127.0.0.1, port: {relay}, connections: 2}}\n", "utf-8")  # fmt: skip
        self.log = folder / f"{name}.log"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        make_stepped(self.home, at)

    def set_clock(self, at: int) -> None:
        """Sets this machine's clock, backwards too, which no command does."""
        swap = self.home / "clock.swap"
        swap.write_text(str(at), "ascii")
        shutil.move(swap, self.home / STEPPED_FILE)
        self.wake()

    def wake(self) -> None:
        """Wakes both roles, as an order or a tick does."""
        wake(self.home, CLOCK)
        wake(self.home, SENDER)

    def start(self, *roles: str) -> None:
        """Starts processes of these roles."""
        for role in roles:
            where = ["--home", self.home, "--config", self.config, "--rules", self.rules]
            command = [sys.executable, ROOT / "server.py", "serve", *where, "--role", role]
            with self.log.open("a") as log:
                self.processes[role] = subprocess.Popen(
                    list(map(str, command)), stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=ROOT
                )

    def pause(self, role: str) -> None:
        """Stops a process in the midst of whatever it does, as a hypervisor stops a machine."""
        os.kill(self.processes[role].pid, signal.SIGSTOP)

    def resume(self, role: str) -> None:
        """Lets it go on as if no time had passed."""
        os.kill(self.processes[role].pid, signal.SIGCONT)

    def keep_up(self) -> None:
        """Starts again what has ended, as a supervisor does."""
        for role, process in list(self.processes.items()):
            if process.poll() is not None:
                self.start(role)

    def stop(self) -> None:
        """Ends all processes, whatever state they are in."""
        for process in self.processes.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def said(self, words: str) -> int:
        """Counts the log lines that hold some words."""
        return sum(words in line for line in self.log.read_text("utf-8").splitlines())

    def ready(self) -> None:
        """Waits until its processes listen."""
        for role in self.processes:
            until(lambda role=role: (self.home / f"{role}.wake").exists(), 60)  # type: ignore[misc]
