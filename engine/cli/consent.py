"""`server.py consent …`: what somebody has said, whether the ledger is as it was written, objections, and links to choose."""

from __future__ import annotations

import argparse
import json
from typing import Any

from engine.audit import this_user, write_down
from engine.cli.home import Home, used_home
from engine.cli.whose import customers_called
from engine.consent.chain import Verified, verify
from engine.consent.tokens import sign
from engine.consent.wishes import Said, allow_profiling, object_to_profiling
from engine.errors import UsageError
from engine.reports.agreed import agreed
from engine.wake import CLOCK, wake
from models import Customer

HELP = "show or verify the ledger of consent, object to profiling, make a link to the page of choices"
WHAT = (
    "show: all that somebody has said, and what holds; verify: is every line as it was written; object, allow: to profiling; "
    "link: a signed link to the page of choices"
)
ACTS = {"object": object_to_profiling, "allow": allow_profiling}


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds what to do, and about whom."""
    parser.add_argument("act", metavar="ACT", choices=("show", "verify", "link", *ACTS), help=WHAT)
    parser.add_argument(
        "customer", metavar="CUSTOMER", nargs="?", help="the shop's id of the customer, or an address"
    )
    parser.add_argument("--shop", metavar="KEY", help="only this shop's customer")


def run(args: argparse.Namespace) -> int:
    """Does one of these; returns 1 where the ledger does not verify."""
    with used_home(args) as home:
        if args.act == "verify":
            return _verify(home, args.json)
        if not args.customer:
            raise UsageError(
                f"consent {args.act} of whom?", remedy="name the shop's id of a customer, or an address"
            )
        told = [_told(home, args.act, who) for who in customers_called(args.customer, args.shop)]
    texts = [each["text"] for each in told]
    plain = [{key: value for key, value in each.items() if key != "text"} for each in told]
    print(json.dumps(plain, ensure_ascii=False) if args.json else "\n".join(texts))
    return 0


def _verify(home: Home, as_json: bool) -> int:
    found = verify(home.store)
    if as_json:
        print(json.dumps([_plain(each) for each in found], ensure_ascii=False))
    else:
        print("\n".join(line for each in found for line in sentences(each)))
    return int(any(each.faults for each in found))


def _plain(found: Verified) -> dict[str, Any]:
    faults = [{"line": line, "wrong": wrong} for line, wrong in found.faults]
    return {
        "shop": found.shop, "lines": found.lines, "before": found.before, "erased": found.erased, "faults": faults,
    }  # fmt: skip


def sentences(found: Verified) -> list[str]:
    """Says what came of going through one shop's ledger."""
    faults = [f"line {line}: {wrong}" if line is not None else wrong for line, wrong in found.faults]
    verdict = "not as it was written:" if faults else "every line is as it was written"
    before = f"; {found.before} lines are older than the chain" if found.before else ""
    counts = f"{found.lines} lines, {found.erased} of them of erased customers{before}"
    return [f"{found.shop}: {counts}: {verdict}", *(f"  {fault}" for fault in faults)]


def _told(home: Home, act: str, who: Customer) -> dict[str, Any]:
    now, name = home.clock.now(), who.external_id or who.email or str(who.id)
    whom = {"shop": who.shop.key, "customer": who.external_id}
    if act == "link":
        link = f"{home.config.public_url.rstrip('/')}/p/{sign(home.store.secret, who.id)}"
        return {**whom, "link": link, "text": link}
    if act == "show":
        found = agreed(who, now)
        return {**whom, **found, "text": _shown(name, found)}
    done = ACTS[act](home.store, Said(who.shop_id, "command", customer_id=who.id), now)
    if done:
        did = "object" if act == "object" else "profiling allowed"
        write_down(this_user(), did, who.shop.key, now, channel="command", customer=who.id)
        wake(home.path, CLOCK)
    said = "objects to profiling" if act == "object" else "does not object to profiling"
    return {
        **whom,
        "changed": bool(done),
        "text": f"{name} of {who.shop.key} {said}{'' if done else ' already'}",
    }


def _shown(name: str, found: dict[str, Any]) -> str:
    lines = [f"{name}:", *(f"  {key}: {_words(value)}" for key, value in found["holds"].items())]
    for line in found["ledger"]:
        more = ", ".join(
            f"{key} {value}" for key, value in line.items() if value is not None and key not in SHOWN
        )
        lines.append(
            f"  {line['at']}  {'yes' if line['granted'] else 'no '}  {line['about']}{f'  ({more})' if more else ''}"
        )
    return "\n".join(lines)


SHOWN = ("at", "granted", "about", "recorded_at")


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "nothing"
    return "-" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
