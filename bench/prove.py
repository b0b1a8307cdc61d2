"""`make prove`: every proof of the promise, the long ones too, with what they counted; exits 1 where one of them fails.

    python -m bench.prove [--write] [WORDS of pytest's -k]

`--write` puts the tables into docs/promise.md, if every proof has held; it says which were run.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from tests import without
from tests.promise.figures import FOLDER, tables

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/promise.md"
BEGIN, END = "<!-- measured by make prove -->", "<!-- end of what was measured -->"
KILLS = "tests/promise/crashes/test_kills.py"
MOST_MINUTES = 20


def main() -> int:
    """Runs the proofs, prints their tables, and writes them where that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.prove")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/promise.md")
    parser.add_argument("words", nargs="*", help="only proofs whose names match, as pytest's -k does")
    args = parser.parse_args()
    if args.write and without.left_out():
        parser.error("--write needs every proof; leave out WITHOUT")
    with tempfile.TemporaryDirectory(prefix="regulars-figures-") as folder:
        began = time.monotonic()
        code = run(Path(folder), args.words)
        minutes = (time.monotonic() - began) / 60
        found = tables(Path(folder))
    print(f"\n{found}\n\nall of it took {minutes:.1f} minutes; {MOST_MINUTES} at most on a quiet machine")
    if args.write and code == 0:
        write(found, minutes, args.words)
    elif args.write:
        print("nothing was written: a proof has failed")
    return 0 if code == 0 else 1


def run(folder: Path, words: list[str]) -> int:
    """Runs every proof, long and short, and returns 0 if all hold; what is counted lands in `folder`.

    Two at a time: those that go from place to place mostly wait, while the other kills as fast as it can.
    """
    environment = {**os.environ, FOLDER: str(folder), "LC_ALL": "C.UTF-8"}
    common = [sys.executable, "-m", "pytest", "-m", "long or not long", "-v", "--tb=short"]
    common += ["-k", " ".join(words)] if words else []
    lanes = [
        subprocess.Popen([*common, *which], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL)
        for which in ([KILLS], ["tests/promise", f"--ignore={KILLS}"])
    ]
    codes = {lane.wait() for lane in lanes}
    nothing_chosen = {5} if words else set()
    return 0 if codes <= {0} | nothing_chosen and 0 in codes else 1


def write(found: str, minutes: float, words: list[str]) -> None:
    """Puts the tables between the marks of the page, with where and when they were measured."""
    which = f"the proofs of {' '.join(words)} alone" if words else "all proofs together"
    where = f"{os.cpu_count()} processors, Python {platform.python_version()}"
    said = f"Measured on {date.today().isoformat()} ({where}); {which} took {minutes:.1f} minutes."
    text = PAGE.read_text("utf-8")
    new = re.sub(f"{BEGIN}.*{END}", lambda _: f"{BEGIN}\n{said}\n\n{found}\n{END}", text, flags=re.DOTALL)
    PAGE.write_text(new, "utf-8")
    print(f"written into {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
