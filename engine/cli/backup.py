"""`server.py backup [FILE]`: everything that the home knows in one file, while it runs."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from engine.audit import this_user, write_down
from engine.backup.take import take
from engine.cli.home import used_home
from engine.cli.progress import counting
from engine.clock import moment
from engine.errors import UsageError
from engine.tallies import tallies
from models import Setting

LAST_BACKUP = "last_backup_at"  # for /metrics
HELP = "write everything that the home knows into one file, while it runs"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the file."""
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="default: backups/regulars-DATE-TIME.zip in the home",
    )
    parser.add_argument(
        "--keep",
        type=_number,
        metavar="N",
        help="afterwards delete all but the newest N of the home's backups",
    )


def _number(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 10000")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Takes a backup and says where it is."""
    with used_home(args) as home:
        now = home.clock.now()
        file = args.file or home.path / "backups" / f"regulars-{moment(now):%Y%m%d-%H%M%S}.zip"
        if file.exists():
            raise UsageError(f"{file} is there already", remedy="name another file")
        with counting() as told:
            about = take(home.store, file, now, told)
        with home.store.transaction():
            write_down(this_user(), "backup", file.name, now, channel="command")
            last = Setting.insert(name=LAST_BACKUP, value=now)
            last.on_conflict(conflict_target=[Setting.name], update={Setting.value: now}).execute()
        tallies.add("backups")
        gone = _tidied(home.path / "backups", args.keep) if args.keep else []
    rows, size = sum(part.rows for part in about.tables), file.stat().st_size
    print(
        json.dumps({"file": str(file), "rows": rows, "bytes": size, "deleted": gone})
        if args.json
        else f"{file}: {rows:,} rows, {size:,} bytes" + (f"; {len(gone)} older deleted" if gone else "")
    )
    return 0


def _tidied(folder: Path, keep: int) -> list[str]:
    """Deletes the oldest of the backups that were named by their moment; what somebody named otherwise stays."""
    old = sorted(folder.glob("regulars-????????-??????.zip"))[:-keep]
    for file in old:
        file.unlink()
    return [file.name for file in old]
