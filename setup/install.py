"""Puts what Regulars needs into .venv, once for each state of the lock files; needs nothing but Python.

python3 setup/install.py main            what runs: main.lock, then durable-rules
python3 setup/install.py main dev        the tests and checks as well
python3 setup/install.py main bench      the data that bench/replay.py replays
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = ROOT / "requirements"
WHEELS = ("--only-binary", ":all:")
SOURCE_ONLY = ("flask-principal", "dkimpy")
OLDEST, TOO_NEW = (3, 11), (3, 14)


class SetupError(Exception):
    """What keeps the set-up from going on, with its remedy, in one message."""


def main(groups: list[str]) -> int:
    """Install the named groups and answer 0, or say what is in the way and answer 1."""
    try:
        check_python()
        with (ROOT / ".setup.lock").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            make_venv()
            for group in groups:
                install_once(group)
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    return 0


def check_python() -> None:
    """Refuse a Python that the lock files were not made for."""
    if not OLDEST <= sys.version_info[:2] < TOO_NEW:
        found = ".".join(map(str, sys.version_info[:3]))
        raise SetupError(
            f"Python {found} cannot run Regulars; name a 3.11, 3.12 or 3.13: make PYTHON=python3.13 setup"
        )


def make_venv() -> None:
    """Make .venv with this Python, unless one of the same version stands there already."""
    wanted = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if PYTHON.exists() and python_of_venv() == wanted:
        return
    print(f"setup: making .venv with Python {wanted}", flush=True)
    if run([sys.executable, "-m", "venv", "--clear", str(VENV)]) != 0:
        raise SetupError("python3 -m venv failed; on Debian: apt-get install python3-venv")


def python_of_venv() -> str:
    """The version of the Python in .venv, as 3.11; empty where it does not start."""
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    return subprocess.run(
        [str(PYTHON), "-c", ask], capture_output=True, text=True, check=False
    ).stdout.strip()


def install_once(group: str) -> None:
    """Install a group unless its stamp says that this very state of its locks is in place."""
    stamp, state = VENV / f".installed-{group}", state_of(group)
    if stamp.exists() and stamp.read_text() == state:
        return
    print(f"setup: installing requirements/{group}.lock", flush=True)
    # Wheels only: a source build would need a compiler, which a fresh machine has not. The exceptions are plain
    # Python; they are built with the hashed setuptools of build.lock, not with one that pip fetches unasked.
    plain = ["--no-build-isolation", "--use-pep517", "--no-binary", ",".join(SOURCE_ONLY)]
    built = pip(*WHEELS, "-r", str(LOCKS / "build.lock")) == 0
    if not built or pip(*WHEELS, *plain, "-r", str(LOCKS / f"{group}.lock")) != 0:
        raise SetupError(f"pip could not install requirements/{group}.lock; its last lines above say why")
    if group == "main":
        install_durable()
    stamp.write_text(state)


def state_of(group: str) -> str:
    """A hash that changes whenever anything that the group installs from changes."""
    names = ["build.lock", f"{group}.lock"] + (["durable.lock"] if group == "main" else [])
    return hashlib.sha256(b"\0".join((LOCKS / name).read_bytes() for name in names)).hexdigest()


def install_durable() -> None:
    """Try durable-rules, which needs a compiler; without it the plain evaluator serves, and this says so."""
    print(
        "setup: building durable-rules (a C extension; it is left out where it cannot be built)", flush=True
    )
    env = dict(os.environ)
    if sys.version_info >= (3, 13):
        # 3.13 took away the one old call that durable-rules makes; the new name has the same shape.
        env["CPPFLAGS"] = f"{env.get('CPPFLAGS', '')} -DPyEval_CallObject=PyObject_CallObject".strip()
    source = [
        "--no-build-isolation",
        "--use-pep517",
        "--no-binary",
        "durable-rules",
        "-r",
        str(LOCKS / "durable.lock"),
    ]
    log = VENV / "durable-rules.log"
    with log.open("w") as sink:
        built = pip("--no-cache-dir", *source, env=env, sink=sink) == 0
        built = built and run([str(PYTHON), "-c", "import durable.engine"], sink=sink) == 0
    if built:
        print("setup: durable-rules is installed; it decides the policy")
    else:
        run([str(PYTHON), "-m", "pip", "uninstall", "--quiet", "--yes", "durable-rules"])
        print(f"setup: NOTE durable-rules could not be installed ({log.relative_to(ROOT)} says why);")
        print(
            "setup: NOTE the plain evaluator decides the policy instead, with the same decisions, only slower"
        )


def pip(*options: str, env: dict[str, str] | None = None, sink: object = None) -> int:
    """Run pip install with hashes required; the exit code is pip's."""
    command = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--quiet",
        "--require-hashes",
    ]
    return run([*command, *options], env=env, sink=sink)


def run(command: list[str], env: dict[str, str] | None = None, sink: object = None) -> int:
    """Run a command to its end and return its exit code; `sink` takes what it prints."""
    return subprocess.run(
        command, env=env, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL, check=False
    ).returncode  # type: ignore[call-overload,no-any-return]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["main"]))
