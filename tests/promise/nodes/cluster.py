"""A PostgreSQL of its own, as durable as it comes from its makers, which a test may kill and start again."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import signal
import subprocess
from pathlib import Path

import psycopg

from tests.postgresql import as_account, free_port, make_cluster
from tests.waiting import until

SETTINGS = {"listen_addresses": "127.0.0.1", "max_connections": "60", "shared_buffers": "32MB", "timezone": "UTC",
            "logging_collector": "off", "scram_iterations": "1"}  # fmt: skip


class Cluster:
    """One server with fsync and synchronous_commit on, below a folder that lies directly in the system's own for such."""

    def __init__(self, folder: Path) -> None:
        self.account = None if os.geteuid() else pwd.getpwnam("nobody")  # PostgreSQL refuses to run as root
        password, self.port = secrets.token_hex(8), free_port()
        self.home = make_cluster(folder / "postgresql", password, self.account)
        self.server = f"postgresql://postgres:{password}@127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it has recovered and answers."""
        options = [f"--{name}={value}" for name, value in {**SETTINGS, "port": str(self.port)}.items()]
        options.append(f"--unix_socket_directories={self.home / 'data'}")
        command = [str(self.home / "install/bin/postgres"), "-D", str(self.home / "data"), *options]
        self.process = as_account(command, self.account)
        until(self._answers, 60)

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(f"{self.server}/postgres", connect_timeout=2).close()
            return True
        return False

    def kill(self) -> None:
        """Kills every process of it at once, as a machine does that loses its power, but for the disk's own cache."""
        assert self.process
        family = [self.process.pid, *self._children(self.process.pid)]
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), 30)

    def stop(self) -> None:
        """Ends it."""
        assert self.process
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)

    @staticmethod
    def _children(parent: int) -> list[int]:
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                with contextlib.suppress(OSError):
                    if int((folder / "stat").read_text("utf-8").rsplit(")", 1)[1].split()[1]) == parent:
                        found.append(int(folder.name))
        return found
