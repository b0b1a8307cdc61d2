"""The parent of all roles, tried on small real processes: a role that dies comes back, and none outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.roles.supervisor import Supervisor
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
STEADY = (
    "import os, pathlib, sys, time; pathlib.Path(sys.argv[1]).open('a').write(str(os.getpid()) + chr(10)); "
    "time.sleep(600)"
)
HASTY = "import pathlib, sys; pathlib.Path(sys.argv[1]).open('a').write('1\\n')"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + STEADY


@contextmanager
def running(**roles: tuple[str, Path]) -> Iterator[Supervisor]:
    """Supervises roles in a thread, each a line of Python that writes into a file."""
    commands = {role: [sys.executable, "-c", code, str(file)] for role, (code, file) in roles.items()}
    supervisor, stop = Supervisor(commands), threading.Event()
    thread = threading.Thread(target=supervisor.run, args=(stop,))
    thread.start()
    try:
        yield supervisor
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


def lines(file: Path) -> list[str]:
    return file.read_text("utf-8").splitlines() if file.exists() else []


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text("utf-8").rsplit(")", 1)[1].split()[0] != "Z"


def test_a_role_that_is_killed_comes_back_as_a_new_process(tmp_path: Path) -> None:
    file = tmp_path / "sender"
    with running(sender=(STEADY, file)):
        first = int(until(lambda: lines(file))[0])
        os.kill(first, signal.SIGKILL)
        second = int(until(lambda: lines(file)[1:])[0])
        assert first != second
        assert alive(second)
    assert not alive(second), "the parent ends its roles when it ends"


def test_a_role_that_cannot_live_is_tried_again_ever_more_slowly_and_the_others_go_on(tmp_path: Path) -> None:
    hasty, steady = tmp_path / "hasty", tmp_path / "steady"
    with running(clock=(HASTY, hasty), web=(STEADY, steady)) as supervisor:
        until(lambda: len(lines(hasty)) >= 3)
        clock = supervisor.children[0]
        assert clock.deaths >= 2
        assert clock.not_before > 0
        assert len(lines(steady)) == 1


def test_a_role_that_does_not_stop_when_asked_is_killed(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("engine.roles.supervisor.PATIENCE", 0.5)
    file = tmp_path / "stubborn"
    with running(sender=(STUBBORN, file)):
        pid = int(until(lambda: lines(file))[0])
    assert not alive(pid)


def test_roles_whose_parent_is_killed_go_too(tmp_path: Path) -> None:
    file = tmp_path / "child"
    child = f"from engine.roles.stopping import follow_parent; follow_parent(); {STEADY}"
    parent = (
        "import sys, threading; from engine.roles.supervisor import Supervisor; "
        "Supervisor({'web': [sys.executable, '-c', sys.argv[1], sys.argv[2]]}).run(threading.Event())"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", parent, child, str(file)], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    pid = int(until(lambda: lines(file))[0])
    started.kill()
    started.wait()
    gone: Callable[[], bool] = lambda: not alive(pid)  # noqa: E731
    until(gone)
