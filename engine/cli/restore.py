"""`server.py restore FILE`: brings a backup back into an empty home, and mails nobody twice."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from engine.audit import this_user, write_down
from engine.backup.restore import Restored, restore
from engine.cli.home import Home, used_home
from engine.cli.progress import counting
from engine.clock import moment
from engine.consent import erasures, withdrawals
from engine.errors import UsageError
from engine.rulebook.load import load_rulebook
from engine.rulebook.server_words import vocabulary_of
from models.migrations import migrate

UNTOLD = (
    "who withdrew since then is known only to the old home: name its withdrawals.ndjson with --withdrawals; where it is lost,"
    " keep marketing paused until you know (server.py pause marketing)"
)
HELP = "bring a backup back into an empty home; nobody is mailed twice"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the file."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a file that server.py backup has made")
    parser.add_argument(
        "--erasures", type=Path, action="append", default=[], metavar="FILE",
        help="erasures.ndjson of a home in which somebody may have been erased since; may be said for each machine",
    )  # fmt: skip
    parser.add_argument(
        "--withdrawals", type=Path, action="append", default=[], metavar="FILE",
        help="withdrawals.ndjson of a home through which somebody may have withdrawn since; likewise",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Restores, and says what became of what may have gone out since the backup."""
    with used_home(args, any_version=True) as home:
        if not args.file.is_file():
            raise UsageError(
                f"there is no file {args.file}", remedy="name a file that server.py backup has made"
            )
        migrate(home.store.database)
        for file in args.erasures:
            erasures.take_over(home.path, file)
        for file in args.withdrawals:
            withdrawals.take_over(home.path, file)
        known = (home.path / withdrawals.NAME).exists()
        with counting() as told:
            done = restore(home.store, home.path, args.file, home.clock.now(), _transactional(home), told)
        write_down(this_user(), "restore", args.file.name, home.clock.now(), channel="command")
    print(json.dumps(asdict(done)) if args.json else _said(done, known))
    return 0


def _transactional(home: Home) -> list[str]:
    book = load_rulebook(home.rules, vocabulary_of(home.config, None))
    return [rule.id for rule in book.rules.values() if rule.transactional]


def _said(done: Restored, known: bool) -> str:
    return "\n".join([
        f"{done.rows:,} rows of {moment(done.made_at):%Y-%m-%d %H:%M} UTC are back",
        f"{done.unknown} marketing mails that waited are unknown now: they may have gone out since, and are not sent again",
        f"{done.queued} mails about orders are queued again",
        f"{done.ended} candidates that were held have expired",
        f"{done.erased} customers who were erased since then are erased again",
        f"{done.withdrawn} customers took something back since then, and {done.suppressed} mailboxes were suppressed: again now"
        if known else UNTOLD,
        "marketing rules act on what falls due from now on; ask the shops to send the orders since then once more",
    ])  # fmt: skip
