"""postfix's smtp-source and smtp-sink, unpacked from Debian's package and never installed: the limit of the sending row."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.postgresql import free_port

PACKAGE = "postfix"


@dataclass(frozen=True)
class Postfix:
    """Where the two programs are, and the libraries that they need."""

    programs: Path
    libraries: Path | None

    def command(self, name: str, *words: str) -> list[str]:
        """Returns how one of them is started."""
        return [str(self.programs / name), *words]

    @property
    def environment(self) -> dict[str, str]:
        """Returns what they are started with."""
        more = {"LD_LIBRARY_PATH": str(self.libraries)} if self.libraries else {}
        return {**os.environ, **more}


def find_postfix(folder: Path) -> Postfix | str:
    """Returns the programs, unpacked into `folder` where the machine has none; else a sentence that says why not."""
    installed = shutil.which("smtp-source", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if installed:
        return Postfix(Path(installed).parent, None)
    if not (folder / "usr/sbin/smtp-source").exists():
        why = _unpack(folder.absolute())
        if why:
            return why
    return Postfix(folder.absolute() / "usr/sbin", folder.absolute() / "usr/lib/postfix")


def _unpack(folder: Path) -> str | None:
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return "smtp-source is not here, and without apt-get and dpkg-deb it cannot be unpacked from Debian's package"
    folder.mkdir(parents=True, exist_ok=True)
    for command in (["apt-get", "download", PACKAGE], ["dpkg-deb", "-x"]):
        if command[0] == "dpkg-deb":
            command = [*command, *map(str, sorted(folder.glob("postfix_*.deb"))[-1:]), str(folder)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"{' '.join(command[:3])} failed: {done.stderr.strip().splitlines()[-1:]}; apt-get update may help"
    return None


@contextmanager
def sink(postfix: Postfix) -> Iterator[tuple[int, int]]:
    """Runs smtp-sink; gives its port and its process."""
    port = free_port()
    who = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen(
        postfix.command("smtp-sink", *who, f"127.0.0.1:{port}", "500"), env=postfix.environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        time.sleep(0.5)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(10)


def source(postfix: Postfix, port: int, sessions: int, mails: int, length: int, *more: str) -> float:
    """Sends mails by smtp-source and returns how many seconds that took."""
    words = ["-s", str(sessions), "-m", str(mails), "-l", str(length), "-f", "shop@bench.example",
             "-t", "c1@bench.example", *more, f"127.0.0.1:{port}"]  # fmt: skip
    began = time.perf_counter()
    subprocess.run(postfix.command("smtp-source", *words), env=postfix.environment, check=True)
    return time.perf_counter() - began


def processor_of(pid: int) -> float:
    """Returns the seconds of a processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
