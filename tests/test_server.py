"""server.py wires the parts: an application over a home, and the commands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from server import HERE, create_app


def test_an_application_over_a_fresh_home_is_well(tmp_path: Path) -> None:
    home = tmp_path / "home"
    subprocess.run(
        [sys.executable, "server.py", "migrate", "--home", str(home)],
        cwd=HERE,
        check=True,
        capture_output=True,
    )
    answer = create_app(home=str(home)).test_client().get("/health")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_without_a_command_it_says_how_to_call_it() -> None:
    done = subprocess.run(
        [sys.executable, "server.py"], cwd=HERE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "usage: server.py" in done.stderr
