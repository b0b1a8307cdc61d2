"""A whole Regulars for a story: `server.py serve` with all its processes, in a home of its own, spoken to over HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
RULES = {
    "orders.yaml": """
- rule: thank-you
  title: Thank you for an order
  purpose: transactional
  priority: 100
  when: {ordered: any}
  send: thank-you
  once: per order
- rule: offer
  title: An offer right after the order
  note: Something that goes with it.
  when: {ordered: any}
  send: plain
  once: per order
""",
    "policy.yaml": "caps:\n  - at_most: 1000 per 30 days\n",
}


class Served:
    """One running server; every role is a process of its own."""

    def __init__(self, folder: Path, database: str | None = None, migrate: tuple[str, ...] = ()) -> None:
        self.home, self.port = folder / "home", free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.rules = folder / "rules"
        self.rules.mkdir()
        for name, text in RULES.items():
            (self.rules / name).write_text(text, "utf-8")
        self.config = folder / "config.yaml"
        self.config.write_text(self._config(database), "utf-8")
        self.log = folder / "serve.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.run("migrate", *migrate)
        self.key = self.run("keys", "create", "--name", "the story").strip()

    def _config(self, database: str | None) -> str:
        text = (ROOT / "config.yaml").read_text("utf-8")
        text = re.sub(r"^public_url:.*$", f"public_url: {self.url}", text, flags=re.MULTILINE)
        text += f"\ntemplates: {ROOT / 'templates'}\n"
        return text + (f"database: {database}\n" if database else "")

    def command(self, *words: str) -> list[str]:
        """Returns a call of server.py for this home."""
        where = ["--home", str(self.home), "--config", str(self.config), "--rules", str(self.rules)]
        return [sys.executable, str(ROOT / "server.py"), words[0], *where, *words[1:]]

    def run(self, *words: str) -> str:
        """Runs a command to its end and returns what it printed; a failure is the test's."""
        done = subprocess.run(self.command(*words), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, *options: str) -> None:
        """Starts all roles and waits until orders can come."""
        with self.log.open("a") as log:
            command = self.command("serve", "--port", str(self.port), *options)
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        until(lambda: self.answers("/health"), 60)
        until(lambda: (self.home / "catcher.port").exists())

    def stop(self) -> int:
        """Asks the server to end, as systemd does, and returns its exit code."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def answers(self, path: str) -> bool:
        """Says whether the server answers a page."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10):
                return True
        except OSError:
            return False

    def post(self, path: str, body: bytes, **headers: str) -> tuple[int, str]:
        """Posts and returns status and body, whatever the status is; raises OSError where nobody answers."""
        request = urllib.request.Request(self.url + path, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def order(self, number: str, name: str, consent: bool = False, **customer: Any) -> int:
        """Pushes an order of this moment, as a shop does, and returns the status."""
        now = datetime.now(UTC).isoformat()
        who = {"id": name.lower(), "email": f"{name.lower()}@example.com", "first_name": name, **customer}
        if consent:
            who["consent"] = {"marketing": {"granted": True, "source": "checkout"}}
        line = {
            "product": "ACU-30",
            "name": "Acuvue Oasys 30",
            "category": "optics/contact-lenses",
            "price": "64.95",
        }
        order = {"id": number, "placed_at": now, "status": "paid", "customer": who, "lines": [line]}
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        return self.post("/api/v1/orders", json.dumps(order).encode(), **headers)[0]

    def mailbox(self) -> list[dict[str, Any]]:
        """Returns what the catcher has taken, oldest first."""
        with urllib.request.urlopen(f"{self.url}/mailbox.json", timeout=30) as answer:
            return sorted(json.loads(answer.read()), key=lambda mail: mail["at"])

    def mails_to(self, name: str) -> list[dict[str, Any]]:
        """Returns the mails to one customer."""
        return [mail for mail in self.mailbox() if mail["to"] == f"{name.lower()}@example.com"]

    def pids(self, role: str) -> list[int]:
        """Finds the processes of a role by their command lines, as an operator would with ps."""
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and self._parent(folder) == self._pid and self._role(folder) == role:
                found.append(int(folder.name))
        return found

    @property
    def _pid(self) -> int:
        assert self.process
        return self.process.pid

    def _parent(self, folder: Path) -> int:
        try:
            return int((folder / "stat").read_text("utf-8").rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            return 0

    def _role(self, folder: Path) -> str:
        """Reads a role from the title that its process has given itself."""
        try:
            title = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        except OSError:
            return ""
        found = re.search(r"regulars: (\w+)", title) or re.search(r"--role (\w+)", title)
        return found[1] if found else ""

    def kill(self, role: str) -> int:
        """Kills one process of a role as the kernel does when memory runs out, and returns which."""
        pid = until(lambda: self.pids(role))[0]
        os.kill(pid, signal.SIGKILL)
        return pid


def free_port() -> int:
    """Returns a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
