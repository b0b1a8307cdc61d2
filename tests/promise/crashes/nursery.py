"""Forks roles from a process that has read the code already, so that a thousand starts are affordable.

`nursery.py`, then one JSON list of arguments a line: each becomes a process of its own, whose number is answered.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from pathlib import Path

# What the roles import, some of it only when they are at work.
READ = (
    "engine.cli.serve", "engine.roles.role", "engine.roles.web", "engine.roles.ticking", "engine.roles.sending",
    "engine.web.app", "engine.web.api.orders", "engine.delivery.sender", "engine.delivery.compose", "engine.policy.hours",
    "engine.policy.ruleset", "playhouse.postgres_ext", "gunicorn.workers.gthread",
)  # fmt: skip


def main() -> None:
    """Reads the code, and forks a role for each line until there are no more."""
    for name in READ:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are not waited for, so none stays as a zombie
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            be(json.loads(line))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def be(arguments: list[str]) -> None:
    """Becomes the role, in a process group of its own."""
    from engine.cli.main import main as run

    os.setpgid(0, 0)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)
    os._exit(run(arguments))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    main()
