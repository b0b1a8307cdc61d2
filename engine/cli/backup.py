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


def run(args: argparse.Namespace) -> int:
    """Takes a backup and says where it is."""
    with used_home(args) as home:
        now = home.clock.now()
        file = args.file or home.path / "backups" / f"regulars-{moment(now):%Y%m%d-%H%M%S}.zip"
        if file.exists():
            raise UsageError(f"{file} is there already", remedy="name another file")
        with counting() as told:
            about = take(home.store, file, now, told)
        write_down(this_user(), "backup", file.name, now, channel="command")
    rows, size = sum(part.rows for part in about.tables), file.stat().st_size
    print(
        json.dumps({"file": str(file), "rows": rows, "bytes": size})
        if args.json
        else f"{file}: {rows:,} rows, {size:,} bytes"
    )
    return 0
