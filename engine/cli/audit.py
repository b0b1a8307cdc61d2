"""`server.py audit`: who changed what, the newest first."""

from __future__ import annotations

import argparse
import json
from typing import Any

from engine import calendar
from engine.audit import ACTS
from engine.cli.home import used_home
from engine.clock import DAY, moment
from engine.reports.audit import about, entries
from models import Act

HELP = "show who changed what: logins, publications, pauses, keys, users, erasures; nobody can change a line of it"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds what to look for."""
    parser.add_argument("--act", choices=ACTS, metavar="ACT", help=f"only these: {', '.join(ACTS)}")
    parser.add_argument("--author", default="", metavar="NAME", help="only whose name holds this")
    parser.add_argument("--days", type=int, default=30, metavar="N", help="so far back (default: 30)")
    parser.add_argument("--most", type=int, default=200, metavar="N", help="at most so many (default: 200)")


def run(args: argparse.Namespace) -> int:
    """Prints the lines."""
    with used_home(args) as home:
        since = home.clock.now() - max(0, args.days) * DAY
        found = entries(args.act, args.author, since=since, most=max(1, args.most))
        zone = home.config.shops[0].timezone
    if args.json:
        print(json.dumps([_plain(entry) for entry in found], ensure_ascii=False, indent=1))
    else:
        print("\n".join(_line(entry, zone) for entry in found) or "nothing was written down in that time")
    return 0


def _line(entry: Act, zone: str) -> str:
    at = calendar.local(entry.at, zone).isoformat(sep=" ", timespec="seconds")[:19]
    return f"{at}  {entry.author} ({entry.channel or '–'})  {entry.act}  {about(entry)}"


def _plain(entry: Act) -> dict[str, Any]:
    return {
        "at": moment(entry.at).isoformat(), "author": entry.author, "channel": entry.channel, "act": entry.act,
        "what": entry.what, "customer": entry.customer_number, **({"detail": entry.detail} if entry.detail else {}),
    }  # fmt: skip
