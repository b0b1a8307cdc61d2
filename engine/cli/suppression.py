"""`server.py suppression`: who gets no mail at all and why, and the way back."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

from engine.audit import this_user
from engine.cli.home import Home, used_home
from engine.cli.whose import customers_called
from engine.clock import moment
from engine.config_testing import NOWHERE
from engine.consent.erasure import digest_of_address
from engine.consent.suppression import lift, story, suppress_by_hand
from engine.errors import UsageError
from engine.intake.reading import mailbox
from models import Address

HELP = "list suppressed addresses, tell one's story, suppress an address, or let mail go to it again"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds what is to be done; one flat command, so that --home and --config may stand anywhere."""
    parser.add_argument("act", choices=list(ACTS), help="what to do")
    parser.add_argument(
        "who", nargs="?", metavar="CUSTOMER", help="the shop's id of a customer, or an address"
    )
    parser.add_argument("--shop", metavar="KEY", help="only this shop's customer of that id")
    parser.add_argument(
        "--reason", metavar="WORD", help="list: only hard_bounce, soft_bounces, spam_report, by_hand"
    )
    parser.add_argument("--because", metavar="TEXT", help="add, lift: why; kept with your name")
    parser.add_argument("--author", metavar="NAME", help="who does it (default: this user)")


def run(args: argparse.Namespace) -> int:
    """Does what was asked; 1 where there was nothing to do."""
    with used_home(args) as home:
        return int(ACTS[args.act](home, args))


def _list(home: Home, args: argparse.Namespace) -> int:
    asked = Address.suppressed_at.is_null(False) & (Address.email.contains("@"))
    asked &= ~Address.email.endswith(NOWHERE)  # what is said in test mode concerns nobody
    if args.reason:
        asked &= Address.suppressed_reason == args.reason
    rows = Address.select().where(asked).order_by(Address.suppressed_at, Address.id)
    if args.json:
        print(json.dumps([_plain(row) for row in rows], ensure_ascii=False))
        return 0
    for row in rows.iterator():
        print(_line(row))
    return 0


def _show(home: Home, args: argparse.Namespace) -> int:
    found = list(_addresses(home, args))
    if args.json:
        print(json.dumps([{**_plain(row), "story": [_told(each) for each in story(row.id)]} for row in found],
                         ensure_ascii=False))  # fmt: skip
        return 0
    for row in found:
        print(_line(row) if row.suppressed_at is not None else f"{row.email}  gets mail")
        for each in story(row.id):
            print("  {at}  {act} {reason}{by}{note}".format(**_sentence(each)))
    return 0


def _add(home: Home, args: argparse.Namespace) -> int:
    author, now = this_user(args.author), home.clock.now()
    done = [
        row for row in _addresses(home, args, make=True)
        if suppress_by_hand(home.store, row.id, author, args.because, now, "command")
    ]  # fmt: skip
    return _said(args, "suppressed", [row.email for row in done])


def _lift(home: Home, args: argparse.Namespace) -> int:
    author, now = this_user(args.author), home.clock.now()
    done = [
        row for row in _addresses(home, args)
        if lift(home.store, row.id, author, args.because, now, "command") is not None
    ]  # fmt: skip
    return _said(args, "lifted", [row.email for row in done])


def _said(args: argparse.Namespace, done: str, emails: list[str]) -> int:
    if args.json:
        print(json.dumps({done: emails}))
    elif emails:
        print(f"{done}: {', '.join(emails)}")
    else:
        print("nothing to do: it is so already")
    return 0 if emails else 1


def _addresses(home: Home, args: argparse.Namespace, make: bool = False) -> Iterator[Any]:
    """Finds whom a command means: a mailbox, whoever uses it, or the mailbox of a customer."""
    if not args.who:
        raise UsageError("whose address?", remedy=f"suppression {args.act} CUSTOMER")
    try:
        email = mailbox(args.who.strip())
    except ValueError:
        email = ""
    if not email:
        ids = {customer.address_id for customer in customers_called(args.who, args.shop)} - {None}
        yield from Address.select().where(Address.id << sorted(ids)).order_by(Address.id)
        return
    known = Address.email << [email, digest_of_address(home.store.secret, email)]
    found = Address.get_or_none(known)
    if found is None and make:
        found = Address.create(email=email, created_at=home.clock.now())
    if found is None:
        raise UsageError(f"no mail has ever been meant for {email!r}", remedy="see how it is spelt")
    yield found


def _line(row: Any) -> str:
    until = f"  until {_when(row.suppressed_until_at)}" if row.suppressed_until_at else ""
    return f"{row.email}  {row.suppressed_reason}  since {_when(row.suppressed_at)}{until}"


def _plain(row: Any) -> dict[str, Any]:
    since, until = row.suppressed_at, row.suppressed_until_at
    return {
        "address": row.email, "reason": row.suppressed_reason, "since": moment(since).isoformat() if since else None,
        "until": moment(until).isoformat() if until else None,
    }  # fmt: skip


def _told(line: Any) -> dict[str, Any]:
    return {
        "at": moment(line.at).isoformat(), "act": line.act, "reason": line.reason, "author": line.author,
        "because": line.note, "message": line.message_id,
    }  # fmt: skip


def _sentence(line: Any) -> dict[str, str]:
    return {
        "at": _when(line.at), "act": line.act, "reason": line.reason, "by": f" by {line.author}" if line.author else "",
        "note": f": {line.note}" if line.note else "",
    }  # fmt: skip


def _when(at: int) -> str:
    return f"{moment(at):%Y-%m-%d %H:%M} UTC"


ACTS = {"list": _list, "show": _show, "add": _add, "lift": _lift}
