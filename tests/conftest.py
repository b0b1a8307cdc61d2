"""The surroundings of every test: one folder for the session, and what it leaves out said aloud.

Fixtures stand in plugins: tests/stores.py has databases, tests/browsers.py has Chromium. tests/long.py leaves out long proofs.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from tests import without

pytest_plugins = ["tests.stores", "tests.browsers", "tests.long"]
os.environ.setdefault("TZ", "UTC")
_session = []  # keeps the lock of this session open until the process ends


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder that all workers of this session share; whoever keeps a server for it watches its lock."""
    try:
        without.left_out()
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error
    if hasattr(config, "workerinput"):
        return
    folder = Path(tempfile.mkdtemp(prefix="regulars-tests-"))
    os.environ["REGULARS_TEST_SESSION"] = str(folder)
    lock = (folder / "session.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    _session.append((folder, lock))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let go of the session: a PostgreSQL that was kept for it stops now and takes the folder with it."""
    for folder, lock in _session:
        if not (folder / "postgresql").exists():
            for file in folder.iterdir():
                file.unlink()
            folder.rmdir()
        lock.close()
    _session.clear()


@pytest.fixture(autouse=True, scope="session")
def listened_to() -> Iterator[None]:
    """Keeps no logger as it was at its first use: a test that listens must hear it whatever ran before in its process."""
    configure = structlog.configure

    def without_keeping(**said: Any) -> None:
        configure(**{**said, "cache_logger_on_first_use": False})

    structlog.configure = without_keeping
    yield
    structlog.configure = configure


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Repeat what was left out just above the closing line."""
    for line in without.lines():
        terminalreporter.write_line(line, yellow=True)
