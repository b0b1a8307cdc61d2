"""Breaks Regulars on purpose, one line at a time, and shows which test notices; exits 1 if a mutant survives.

python tests/mutants/run.py                    all mutants of the lists beside this file
python tests/mutants/run.py "cap off by one"   those whose name contains these words
"""

from __future__ import annotations

import compileall
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode

ROOT = Path(__file__).resolve().parents[2]
LISTS = Path(__file__).parent
FAILED = re.compile(r"^(?:FAILED|ERROR) (tests/.+?)(?: - .*)?$", re.MULTILINE)
SECONDS = 300
AT_ONCE = 2


@dataclass(frozen=True)
class Mutant:
    """One change that must not survive: in `file`, `find` becomes `replace`, and a test of `kills` fails."""

    name: str
    file: str
    find: str
    replace: str
    kills: tuple[str, ...]  # as pytest calls tests

    def occurrences(self, root: Path = ROOT) -> int:
        """How often `find` stands in the file; a mutant is sound where it is once."""
        path = root / self.file
        return path.read_text(encoding="utf-8").count(self.find) if path.exists() else 0


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: the test that killed it, or why it counts as alive."""

    mutant: Mutant
    killed_by: str
    trouble: str
    seconds: float


def load(folder: Path = LISTS) -> list[Mutant]:
    """Returns the mutants of all lists (*.toml) of a folder; raises TypeError at a key that no mutant has."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.toml"))]
    entries = [entry for text in texts for entry in tomllib.loads(text).get("mutant", [])]
    return [Mutant(**{**entry, "kills": tuple(entry["kills"])}) for entry in entries]


def main(arguments: list[str]) -> int:
    """Try the chosen mutants two at a time, print the table, and answer 0 only if all of them died."""
    words = " ".join(arguments).lower()
    chosen = [mutant for mutant in load() if words in mutant.name.lower()]
    if not chosen:
        print(f"no mutant is called {words!r}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="regulars-mutants-") as folder:
        copies = [Path(folder) / str(n) for n in range(AT_ONCE)]
        copy_of_the_house(copies[0])
        healthy(copies[0], chosen)
        for copy in copies[1:]:
            shutil.copytree(copies[0], copy, symlinks=True)
        verdicts = judge_all(chosen, copies)
    alive = [verdict for verdict in verdicts if not verdict.killed_by]
    print(f"\n{len(verdicts) - len(alive)} of {len(verdicts)} mutants killed, {len(alive)} alive")
    return 1 if alive else 0


def judge_all(mutants: list[Mutant], copies: list[Path]) -> list[Verdict]:
    """Judges each mutant in whichever copy is free, and prints each verdict as it comes."""
    free = list(copies)

    def judge_and_tell(mutant: Mutant) -> Verdict:
        copy = free.pop()
        verdict = judge(mutant, copy)
        free.append(copy)
        end = f"killed by {verdict.killed_by}" if verdict.killed_by else f"ALIVE: {verdict.trouble}"
        print(f"{mutant.name:<62} {verdict.seconds:5.1f} s  {end}", flush=True)
        return verdict

    with ThreadPoolExecutor(len(copies)) as pool:
        return list(pool.map(judge_and_tell, mutants))


def healthy(house: Path, mutants: list[Mutant]) -> None:
    """Exits unless every named test passes on the unbroken code: a test that always fails kills nothing.

    What Python compiles on the way is kept for the mutants' runs, by the hash of its source, so that a line that was
    broken and mended in the same second is never taken for the other.
    """
    compileall.compile_dir(
        house, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH, rx=re.compile(r"\.venv")
    )
    kills = sorted({kill for mutant in mutants for kill in mutant.kills})
    code, output = run_tests(house, kills, unbroken=True)
    if code != 0:
        sys.exit(f"{output[-3000:]}\nthese tests fail without any mutant; mend that first")


def judge(mutant: Mutant, house: Path) -> Verdict:
    """Applies one mutant to a copy of the house, runs its tests there, and puts the line back."""
    began = time.monotonic()
    if (found := mutant.occurrences(house)) != 1:
        return Verdict(
            mutant, "", f"`find` stands {found} times in {mutant.file}; it must stand there once", 0.0
        )
    path = house / mutant.file
    sound = path.read_text(encoding="utf-8")
    path.write_text(sound.replace(mutant.find, mutant.replace), encoding="utf-8")
    code, output = run_tests(house, list(mutant.kills))
    path.write_text(sound, encoding="utf-8")
    killer = FAILED.search(output)
    seconds = time.monotonic() - began
    if code == 1 and killer:
        return Verdict(mutant, killer[1], "", seconds)
    if code == 124:
        return Verdict(mutant, f"a test that did not end in {SECONDS} s", "", seconds)
    return Verdict(
        mutant, "", "its tests pass" if code == 0 else f"pytest ended with {code}: {output[-500:]}", seconds
    )


def run_tests(house: Path, tests: list[str], unbroken: bool = False) -> tuple[int, str]:
    """Runs the named tests, up to the first failure; returns pytest's exit code, or 124, and what it printed."""
    command = [str(ROOT / ".venv/bin/python"), "-m", "pytest", "-q", "--tb=no", "-rfE", *tests]
    command += [] if unbroken else ["-x"]
    # Plugins are left out because the tests here need none, and one of them takes longer than most of the tests.
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "400"}
    env["PYTHONDONTWRITEBYTECODE"] = "" if unbroken else "1"
    run = subprocess.Popen(command, cwd=house, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True)  # fmt: skip
    try:
        output = run.communicate(timeout=SECONDS)[0]
    except subprocess.TimeoutExpired:
        run.kill()
        return 124, run.communicate()[0]
    return run.returncode, output


def copy_of_the_house(to: Path) -> None:
    """Copies what git would ship, with the same .venv beside it."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, to / name)
    (to / ".venv").symlink_to(ROOT / ".venv")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
