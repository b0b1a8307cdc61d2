"""How `serve` is called wrongly, and what it says; and what a role loads before it works."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.roles.alone import alone_in

ROOT = Path(__file__).resolve().parents[2]


def server(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "server.py"), *words, "--home", str(home)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)


def test_a_second_serve_of_the_same_home_names_the_first(tmp_path: Path) -> None:
    with alone_in(tmp_path):
        done = server(tmp_path, "serve", "--port", "1")
    assert done.returncode == 2
    assert f"is being served already, by process {os.getpid()}; stop that one" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_home_is_free_again_when_its_holder_has_gone(tmp_path: Path) -> None:
    with alone_in(tmp_path), pytest.raises(UsageError, match="served already"), alone_in(tmp_path):
        pass
    with alone_in(tmp_path):
        pass


def test_a_port_that_is_taken_is_named_with_the_next_one(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = server(tmp_path, "serve", "--port", str(port))
    assert done.returncode == 2
    assert f"127.0.0.1:{port} cannot be listened on: Address already in use" in done.stderr
    assert f"PORT={port + 1}" in done.stderr


def test_a_role_of_a_home_without_tables_says_how_to_make_them(tmp_path: Path) -> None:
    done = server(tmp_path, "serve", "--role", "sender")
    assert done.returncode == 2
    assert f"run server.py migrate --home {tmp_path}" in done.stderr


def test_a_sender_loads_neither_flask_nor_the_scheduler_nor_the_rules_engine() -> None:
    heavy = {
        "flask",
        "apiflask",
        "werkzeug",
        "apscheduler",
        "durable",
        "durable_rules_engine",
        "holidays",
        "gunicorn",
    }
    code = f"""
import sys
import engine.cli.serve, engine.roles.sending, engine.delivery.sender
print(sorted({heavy!r} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"
