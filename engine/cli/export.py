"""`server.py export CUSTOMER`: everything that is kept of somebody, for them to have."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from engine.audit import this_user, write_down
from engine.cli.home import used_home
from engine.cli.whose import add_customer, everybody_called
from engine.consent.handed_out import names_of
from engine.reports.everything import Rows, as_csv, everything, private, told
from models import Customer

HELP = "give somebody everything that is kept of them, as JSON or as CSV files"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the customer, and where to write."""
    add_customer(parser)
    parser.add_argument("--csv", metavar="DIR", help="write one CSV file for each table into this folder")
    parser.add_argument("--to", metavar="FILE", help="write the JSON into this file instead of printing it")


def run(args: argparse.Namespace) -> int:
    """Writes what is known of everybody of that id or address."""
    with used_home(args) as home:
        found = [(whose, everything(whose)) for whose in everybody_called(args.customer, args.shop)]
        text, now = told(found, home.clock.now()), home.clock.now()
        for whose, _ in found:
            number = whose.id if isinstance(whose, Customer) else None
            write_down(this_user(), "export", whose.shop.key, now, channel="command", customer=number)
        owners = [f"{whose.shop.key}-{names_of(home.store, whose)[0]}" for whose, _ in found]
    if args.csv:
        folders = [Path(args.csv) / owner for owner in owners]
        names = [name for own, (_, rows) in zip(folders, found, strict=True) for name in _write(own, rows)]
        print(json.dumps(names) if args.json else "\n".join(names))
    elif args.to:
        private(Path(args.to), text)
        print(json.dumps([args.to]) if args.json else args.to)
    else:
        print(text)
    return 0


def _write(own: Path, rows: Rows) -> list[str]:
    """Writes the files into a folder of their owner's own, named by our number or a digest: the shop's id may hold anything."""
    own.mkdir(parents=True, exist_ok=True)
    names = []
    for name, text in as_csv(rows):
        private(own / name, text)
        names.append(str(own / name))
    return names
