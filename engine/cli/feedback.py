"""`server.py feedback`: takes one returned mail from standard input, or reads the mailbox of returned mail now."""

from __future__ import annotations

import argparse
import json
import os
import sys

from peewee import DatabaseError

from engine.cli.home import used_home
from engine.clock import moment
from engine.errors import RegularsError, UsageError
from engine.feedback.imap import read_mailbox
from engine.feedback.mails import LARGEST, read_mail
from engine.feedback.take import take
from engine.store import root_of
from models import FeedbackCount

HELP = "take one bounce or spam report that a mail server pipes here; --mailbox reads the mailbox of config.yaml now"
TRY_AGAIN = os.EX_TEMPFAIL  # mail servers keep the mail and call again


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds whom the mail was sent to, and what else there is to do."""
    parser.add_argument(
        "--to", metavar="ADDRESS", help="the envelope's recipient, where the mail server tells it"
    )
    parser.add_argument("--mailbox", action="store_true", help="read feedback.imap of config.yaml now")
    parser.add_argument("--counts", action="store_true", help="say how often each way brought each thing")


def run(args: argparse.Namespace) -> int:
    """Says what the mail was; 0 whatever it was, and 75 (try again) where it could not be kept."""
    if args.counts:
        return _counts(args)
    if args.mailbox:
        return _mailbox(args)
    if sys.stdin.isatty():
        raise UsageError("no mail on standard input", remedy="let your mail server pipe it, or say --mailbox")
    raw = _read_all()
    try:
        with used_home(args) as home:
            word = take(home.store, home.config, read_mail(raw, args.to), "pipe", home.clock.now())
    except (RegularsError, DatabaseError, OSError) as error:
        said = root_of(error) if isinstance(error, DatabaseError) else error
        print(f"error: {said}; the mail was not taken", file=sys.stderr)
        return TRY_AGAIN
    print(json.dumps({"feedback": word}) if args.json else word)
    return 0


def _read_all() -> bytes:
    """Reads to the end, or the mail server would see a broken pipe; keeps as much as is looked at."""
    kept = b""
    while piece := sys.stdin.buffer.read(65_536):
        kept += piece[: LARGEST - len(kept)]
    return kept


def _mailbox(args: argparse.Namespace) -> int:
    with used_home(args) as home:
        if home.config.feedback.imap is None:
            raise UsageError("config.yaml names no feedback.imap", remedy="docs/bounces.md shows how")
        done = read_mailbox(home.store, home.config, home.clock.now)
    if done is None:
        raise UsageError("another process is reading this mailbox", remedy="try again in some minutes")
    words = ", ".join(f"{count} {what}" for what, count in sorted(done.items())) or "nothing new"
    print(json.dumps(done) if args.json else words)
    return 0


def _counts(args: argparse.Namespace) -> int:
    with used_home(args):
        rows = list(FeedbackCount.select().order_by(FeedbackCount.source, FeedbackCount.what))
    if args.json:
        print(json.dumps([{"source": r.source, "what": r.what, "number": r.number, "last_at": moment(r.last_at).isoformat(),
                           "said": r.said} for r in rows]))  # fmt: skip
        return 0
    for row in rows:
        last = f"{moment(row.last_at):%Y-%m-%d %H:%M} UTC"
        print(
            f"{row.source:10} {row.what:12} {row.number:8}  last {last}"
            + (f"  {row.said}" if row.said else "")
        )
    return 0
