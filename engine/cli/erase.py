"""`server.py erase CUSTOMER`: forgets somebody for good, and never writes to them again."""

from __future__ import annotations

import argparse
import json
import sys

from engine.audit import this_user
from engine.cli.home import Home, used_home
from engine.cli.whose import add_customer, everybody_called
from engine.consent.called import Somebody, sought
from engine.consent.forgotten import forget
from models import Customer

HELP = "forget somebody for good; their mailbox stays on the suppression list as a digest"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the customer, and a way to go without being asked."""
    add_customer(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask, even on a terminal")


def run(args: argparse.Namespace) -> int:
    """Erases everybody of that id or address, customer or not."""
    with used_home(args) as home:
        found = everybody_called(args.customer, args.shop)
        if sys.stdin.isatty() and not args.yes and not _sure(found):
            return 1
        told = [_erased(home, whose) for whose in found]
    print(json.dumps(told, ensure_ascii=False) if args.json else "\n".join(map(_sentence, told)))
    return 0


def _sure(found: list[Somebody]) -> bool:
    names = ", ".join(f"{whose.external_id or whose.email} of {whose.shop.key}" for whose in found)
    return input(f"Erase {names}? This cannot be undone. Write yes: ").strip() == "yes"


def _erased(home: Home, whose: Somebody) -> dict[str, object]:
    mailbox = bool(sought(whose).emails)
    done = forget(home.path, home.store, whose, home.clock.now(), this_user(), "command")
    return {
        "shop": whose.shop.key,
        "number": whose.id if isinstance(whose, Customer) else None,
        "mailbox": mailbox,
        "suppressed": done.suppressed,
        "deleted": done.deleted,
    }


def _sentence(told: dict[str, object]) -> str:
    gone = ", ".join(f"{count} of {table}" for table, count in told["deleted"].items() if count)  # type: ignore[attr-defined]
    who = "" if told["number"] is not None else " somebody who is no customer there"
    kept = "no mailbox of theirs is known"
    if told["suppressed"]:
        kept = "the mailbox gets no mail any more"
    elif told["mailbox"]:
        kept = "the mailbox is somebody else's too and stays"
    return f"erased{who} from {told['shop']}: {gone or 'nothing but the name'}; {kept}"
