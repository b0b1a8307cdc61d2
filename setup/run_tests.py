"""Runs every check and then every test, and sums up at the end; exits 1 if any of them failed.

.venv/bin/python setup/run_tests.py                  all
.venv/bin/python setup/run_tests.py --only-checks    without the tests
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
sys.path.insert(0, str(ROOT))

CHECKS = (
    ("ruff check", [str(BIN / "ruff"), "check", "--quiet", "."]),
    ("ruff format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."]),
    ("mypy --strict", [str(BIN / "mypy"), "--strict", "engine", "models"]),
    ("layers", [str(BIN / "lint-imports"), "--no-logo"]),
)
# One more than there are processors, up to four: a good part of the tests waits for servers that they have started.
AT_ONCE = str(min((os.cpu_count() or 1) + 1, 4))
SLOWEST = ["--durations", "15", "--durations-min", "5"]
TESTS = (("tests", [sys.executable, "-m", "pytest", "-q", "-n", AT_ONCE, "--dist", "loadgroup", *SLOWEST]),)


def main(arguments: list[str]) -> int:
    """Run what is asked for, all of it whatever fails, and answer 0 only if nothing failed."""
    from tests import without

    try:
        left_out = without.lines()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    steps = CHECKS if "--only-checks" in arguments else CHECKS + TESTS
    results = [(name, *run(name, command)) for name, command in steps]
    print(
        "\n"
        + "\n".join(
            f"{'ok    ' if good else 'FAILED'}  {name} ({seconds:.0f} s)" for name, good, seconds in results
        )
    )
    for line in left_out if "--only-checks" not in arguments else []:
        print(line)
    return 0 if all(good for _, good, _ in results) else 1


def run(name: str, command: list[str]) -> tuple[bool, float]:
    """Run one step with its output shown; return whether it went well and the seconds that it took."""
    print(f"== {name}", flush=True)
    began = time.monotonic()
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, check=False)
    return done.returncode == 0, time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
