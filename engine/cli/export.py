"""`server.py export CUSTOMER`: everything that is kept of somebody, for them to have."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from engine.audit import this_user, write_down
from engine.cli.home import used_home
from engine.cli.whose import add_customer, customers_called
from engine.reports.everything import Rows, as_csv, everything, private, told
from models import Customer

HELP = "give somebody everything that is kept of them, as JSON or as CSV files"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the customer, and where to write."""
    add_customer(parser)
    parser.add_argument("--csv", metavar="DIR", help="write one CSV file for each table into this folder")
    parser.add_argument("--to", metavar="FILE", help="write the JSON into this file instead of printing it")


def run(args: argparse.Namespace) -> int:
    """Writes what is known of every customer of that id or address."""
    with used_home(args) as home:
        found = [(customer, everything(customer)) for customer in customers_called(args.customer, args.shop)]
        text, now = told(found, home.clock.now()), home.clock.now()
        for customer, _ in found:
            write_down(this_user(), "export", customer.shop.key, now, channel="command", customer=customer.id)
    if args.csv:
        names = [name for customer, rows in found for name in _write(Path(args.csv), customer, rows)]
        print(json.dumps(names) if args.json else "\n".join(names))
    elif args.to:
        private(Path(args.to), text)
        print(json.dumps([args.to]) if args.json else args.to)
    else:
        print(text)
    return 0


def _write(folder: Path, customer: Customer, rows: Rows) -> list[str]:
    """Writes the files into a folder of the customer's own, named by our number: the shop's id may hold anything."""
    own = folder / f"{customer.shop.key}-{customer.id}"
    own.mkdir(parents=True, exist_ok=True)
    names = []
    for name, text in as_csv(rows):
        private(own / name, text)
        names.append(str(own / name))
    return names
