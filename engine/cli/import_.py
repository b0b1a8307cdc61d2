"""`server.py import FILE`: brings history in, from NDJSON or a CSV of order lines, and mails nobody for it."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from engine.audit import this_user, write_down
from engine.cli.home import Home, used_home
from engine.errors import UsageError
from engine.intake.history import Bringing, Progress, bring, open_file
from engine.intake.history.letters import ENCODINGS
from engine.intake.history.sheet import Sheet
from engine.intake.history.understood import Said, described
from engine.intake.history.words import STATUSES
from engine.intake.history.writing import DAYS
from engine.intake.shops import sync_shops
from engine.matching.members import forget_members
from models import Shop

HELP = "bring in history: a shop system's order export (CSV), a CSV of order lines, or NDJSON"
UNPROVEN = "consents show neither when and where they were given nor a proof: kept as unproven, and not used"
SPEAK_EACH = 5.0  # seconds


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the file and the shop."""
    parser.add_argument("file", metavar="FILE", type=Path, help="a .csv of order lines, or .ndjson")
    parser.add_argument("--yes", action="store_true", help="do not ask whether a sheet was understood")
    parser.add_argument(
        "--dry-run", action="store_true", help="say how a sheet is understood, and write nothing"
    )
    sheet = parser.add_argument_group("what is said of a sheet, where the guess is wrong")
    sheet.add_argument("--encoding", choices=ENCODINGS, help="the letters it is written in")
    sheet.add_argument("--days", choices=list(DAYS), help="how it writes days: year, day or month first")
    sheet.add_argument("--decimal", choices=[",", "."], help="what stands before the cents")
    sheet.add_argument(
        "--column", metavar="THEIRS=OURS", action="append", default=[], help="what a column means"
    )
    sheet.add_argument(
        "--status", metavar="THEIRS=OURS", action="append", default=[], help="what a status means"
    )
    parser.add_argument(
        "--shop", metavar="KEY", help="whose history it is (default: the first shop of config.yaml)"
    )


def run(args: argparse.Namespace) -> int:
    """Imports; returns 1 where something was refused, which then stands in a file beside the one that was read."""
    with used_home(args) as home:
        source = open_file(args.file, _said(args))
        if isinstance(source, Sheet) and not _agreed(source, args):
            return 0
        if not home.store.postgresql:
            home.store.database.pragma(
                "mmap_size", 0
            )  # what is mapped counts as memory, and an import's is to stay flat
        bringing = Bringing(home.store, home.config, _shop(home, args.shop), source, home.clock.now())
        done = _watched(bring(bringing), args)
        forget_members()
        shop = args.shop or home.config.shops[0].shop
        write_down(this_user(), "import", shop, home.clock.now(), channel="command", lines=done.lines)
    print(json.dumps(asdict(done)) if args.json else _summary(done, source.rejected()))
    return 1 if done.rejected else 0


def _said(args: argparse.Namespace) -> Said:
    statuses = _pairs("--status", args.status)
    for theirs, ours in statuses.items():
        if ours not in STATUSES:
            raise UsageError(
                f"--status {theirs}={ours}: {ours!r} is no status", remedy=f"one of {', '.join(STATUSES)}"
            )
    return Said(args.encoding, args.days, args.decimal, _pairs("--column", args.column), statuses)


def _pairs(option: str, said: Sequence[str]) -> dict[str, str]:
    for pair in said:
        if "=" not in pair.strip("="):
            raise UsageError(
                f"{option} {pair}: an equals sign is missing", remedy=f"write {option} 'Their word=ours'"
            )
    return {theirs.strip(): ours.strip() for theirs, _, ours in (pair.rpartition("=") for pair in said)}


def _agreed(sheet: Sheet, args: argparse.Namespace) -> bool:
    """Shows how a sheet is understood and, where somebody sits at a terminal, asks whether that is right."""
    print(described(sheet.understood, sheet.path), file=sys.stderr)
    if args.dry_run:
        return False
    if args.yes or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return True
    print("Bring it in so? [Y/n] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() in ("", "y", "yes", "t", "tak", "т", "так", "д", "да"):
        return True
    print("nothing was written; say what a column means with --column 'Their name=ours'", file=sys.stderr)
    return False


def _shop(home: Home, key: str | None) -> Shop:
    shops = sync_shops(home.store, home.config, home.clock.now())
    if key is not None and key not in shops:
        raise UsageError(f"no shop is called {key!r}", remedy=f"known: {', '.join(shops)}")
    return shops[key or home.config.shops[0].shop]


def _summary(done: Progress, rejected: Path) -> str:
    refused = f", {done.rejected} refused: see {rejected}" if done.rejected else ""
    told = f"{done.lines} lines: {done.accepted} accepted, {done.unchanged} known already{refused}"
    return f"{told}\n{done.unproven} {UNPROVEN}" if done.unproven else told


def _watched(steps: Iterable[Progress], args: argparse.Namespace) -> Progress:
    size = max(args.file.stat().st_size, 1)
    return _with_bar(steps, size) if sys.stderr.isatty() else _in_lines(steps, size)


def _in_lines(steps: Iterable[Progress], size: int) -> Progress:
    """Says every few seconds how far it is, where nobody watches a bar."""
    spoke, progress = time.monotonic(), Progress()
    for number, progress in enumerate(steps):
        if number == 0 and progress.offset:
            print(f"going on from line {progress.line}", file=sys.stderr)
        if time.monotonic() - spoke >= SPEAK_EACH:
            spoke = time.monotonic()
            print(f"{progress.offset / size:4.0%}  {progress.lines} lines", file=sys.stderr, flush=True)
    return progress


def _with_bar(steps: Iterable[Progress], size: int) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    progress = Progress()
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("0 lines", total=size)
        for progress in steps:
            said = f"{progress.lines} lines, {progress.rejected} refused"
            bar.update(task, completed=progress.offset, description=said)
    return progress
