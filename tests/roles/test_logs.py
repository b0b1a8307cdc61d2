"""Log lines are for operators, not for whoever collects addresses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import logging, structlog
from engine.roles import logs
logs.configure("sender")
log = structlog.get_logger()
log.info("refused", to="anna@example.com", reply="550 <borys@example.org>: no such user")
logging.getLogger("aiosmtplib").warning("gone: %s", "celina.smith@mail.example")
try:
    raise ValueError("anna@example.com cannot be mailed")
except ValueError:
    log.exception("failed")
"""


def test_a_line_tells_role_event_and_values_without_anybodys_address() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, cwd=ROOT, check=True)
    first, *rest = done.stderr.splitlines()
    assert "[info] refused" in first
    assert "role=sender" in first
    assert "550 <…@…>: no such user" in first
    assert any("gone: …@…" in line for line in rest)
    assert any("…@… cannot be mailed" in line for line in rest)
    for name in ("anna", "borys", "celina", "example"):
        assert name not in done.stderr
    assert done.stdout == ""


def test_lines_can_be_json_for_programs_that_gather_them() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, cwd=ROOT, check=True,
        env={**os.environ, "REGULARS_LOGS": "json"},
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in lines] == ["refused", "gone: …@…", "failed"]
    assert (lines[0]["role"], lines[0]["level"]) == ("sender", "info")
    assert "…@… cannot be mailed" in lines[2]["exception"]
    assert "example" not in done.stderr
