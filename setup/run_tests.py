"""Runs every check and then every test, and sums up at the end; exits 1 if any of them failed.

.venv/bin/python setup/run_tests.py                  all
.venv/bin/python setup/run_tests.py --only-checks    without the tests
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
KEPT = ["-o", "tmp_path_retention_policy=failed"]
TESTS = (
    ("tests", [sys.executable, "-m", "pytest", "-q", "-n", AT_ONCE, "--dist", "loadgroup", *SLOWEST, *KEPT]),
)
# The tests' stores wait for the disk at each commit, two fifths of their time: in memory they wait for nothing.
MEMORY = Path("/dev/shm")
ENOUGH = 3 * 2**30  # bytes; the tests need 0.8 GB of them


def main(arguments: list[str]) -> int:
    """Run what is asked for, all of it whatever fails, and answer 0 only if nothing failed."""
    from tests import without

    try:
        left_out = without.lines()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    steps = CHECKS if "--only-checks" in arguments else CHECKS + TESTS
    with surroundings() as env:
        results = [(name, *run(name, command, env)) for name, command in steps]
    print(
        "\n"
        + "\n".join(
            f"{'ok    ' if good else 'FAILED'}  {name} ({seconds:.0f} s)" for name, good, seconds in results
        )
    )
    for line in left_out if "--only-checks" not in arguments else []:
        print(line)
    return 0 if all(good for _, good, _ in results) else 1


@contextmanager
def surroundings() -> Iterator[dict[str, str]]:
    """Give what every step finds in its environment; the folder in memory, if there is room for one, goes with them."""
    # The tests start servers by the hundred: each would translate every module again, a quarter of its start.
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "LC_ALL": "C.UTF-8"}
    folder = None if "TMPDIR" in os.environ else in_memory()
    try:
        yield env if folder is None else {**env, "TMPDIR": folder}
    finally:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)  # a PostgreSQL that is just stopping may still write


def in_memory() -> str | None:
    """Make a folder that stands in memory and may hold programs, or say that the machine has no room for one."""
    try:
        found = os.statvfs(MEMORY)
        if found.f_bavail * found.f_frsize < ENOUGH or found.f_flag & os.ST_NOEXEC or free_memory() < ENOUGH:
            return None
        folder = Path(tempfile.mkdtemp(prefix="regulars-", dir=MEMORY))
        folder.chmod(0o711)  # root's PostgreSQL runs as another account, which has to come through
        return str(folder)
    except OSError:
        return None


def free_memory() -> int:
    """Return how many bytes Linux could give away now without swapping."""
    lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))


def run(name: str, command: list[str], env: dict[str, str]) -> tuple[bool, float]:
    """Run one step with its output shown; return whether it went well and the seconds that it took."""
    print(f"== {name}", flush=True)
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, check=False)
    return done.returncode == 0, time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
