"""`server.py coupons`: fills pools with a shop's own codes, and lists the codes that mails carry."""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.audit import this_user, write_down
from engine.cli.home import Home, used_home
from engine.clock import moment
from engine.errors import UsageError
from engine.formulas import cell
from engine.intake.shops import make_test_shop, sync_shops
from engine.loyalty.pools import add_codes, pools
from engine.loyalty.standing import Standing, issued_after, standings
from engine.rulebook.vocabulary import NAME_PATTERN

HELP = "fill pools of coupon codes, and list the codes that mails carry"
COLUMNS = (
    "code", "status", "percent", "valid_until", "expires_at", "rule", "pool", "customer", "issued_at", "order",
)  # fmt: skip
PAGE = 1_000


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds what is to be done; one flat command, so that --home and --config may stand anywhere."""
    parser.add_argument(
        "act",
        choices=list(ACTS),
        help="add POOL FILE: one code a line; pools: how many are left; list: issued ones",
    )
    parser.add_argument("pool", nargs="?", help="add: the pool's name, as rules name it")
    parser.add_argument("file", nargs="?", metavar="FILE", help="add: the codes (- reads standard input)")
    parser.add_argument("--shop", metavar="KEY", help="the shop's key in config.yaml (default: the first)")
    parser.add_argument("--csv", action="store_true", help="list: as CSV, for a shop's own system")


def run(args: argparse.Namespace) -> int:
    """Does what was asked; 1 where some codes cannot be used."""
    with used_home(args) as home:
        key, now = home.config.shop(args.shop or home.config.shops[0].shop).shop, home.clock.now()
        known = sync_shops(home.store, home.config, now)
        shop = known.get(key) or make_test_shop(home.store, home.config, key, now)
        return int(ACTS[args.act](home, shop.id, args))


def _add(home: Home, shop: int, args: argparse.Namespace) -> int:
    if not args.pool or not args.file:
        raise UsageError("which pool, and which file?", remedy="coupons add POOL FILE")
    if not re.fullmatch(NAME_PATTERN, args.pool):
        raise UsageError(
            f"{args.pool!r} is no name of a pool", remedy="letters, digits and hyphens, as rules name it"
        )
    raw = sys.stdin.buffer.read() if args.file == "-" else Path(args.file).read_bytes()
    text = raw.decode("utf-8-sig", "replace")  # what is not UTF-8 is no code, and is told as such
    found = add_codes(home.store, shop, args.pool, text.splitlines(), home.clock.now())
    write_down(this_user(), "coupons", args.pool, home.clock.now(), channel="command")
    left = next((pool.left for pool in pools(shop) if pool.name == args.pool), 0)
    if args.json:
        print(json.dumps({"added": found.added, "known": found.known, "wrong": found.wrong, "left": left}))
    else:
        print(f"{found.added} added to {args.pool}, {found.known} known already; {left} left")
        for code in found.wrong:
            print(f"left out, nobody could type it: {code!r} (3 to 64 letters, digits and signs, no spaces)")
    return 1 if found.wrong else 0


def _pools(home: Home, shop: int, args: argparse.Namespace) -> int:
    found = pools(shop)
    if args.json:
        print(
            json.dumps(
                [{"pool": p.name, "left": p.left, "issued": p.issued} for p in found], ensure_ascii=False
            )
        )
        return 0
    for pool in found:
        since = pool.empty_since_at
        note = f"  EMPTY since {moment(since):%Y-%m-%d %H:%M} UTC: its mails are refused" if since else ""
        print(f"{pool.name}  {pool.left} left  {pool.issued} issued{note}")
    if not found:
        print("there are no pools; fill one with: coupons add POOL FILE")
    return 0


def _list(home: Home, shop: int, args: argparse.Namespace) -> int:
    rows = (_row(standing) for standing in _all(home, shop))
    if args.json:
        print(json.dumps(list(rows), ensure_ascii=False))
    elif args.csv:
        writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: cell(value) for name, value in row.items()} for row in rows)
    else:
        for row in rows:
            print("{code}  {percent}%  {status}  until {valid_until}  {rule}  {customer}".format(**row))
    return 0


def _all(home: Home, shop: int) -> Iterator[Standing]:
    after, now = 0, home.clock.now()
    while rows := issued_after(shop, after, PAGE):
        yield from standings(shop, rows, now)
        after = rows[-1].id


def _row(standing: Standing) -> dict[str, Any]:
    row, used = standing.coupon, standing.redeemed
    return {
        "code": row.code, "status": standing.status, "percent": row.percent, "valid_until": row.valid_until,
        "expires_at": f"{moment(row.expires_at):%Y-%m-%dT%H:%M:%SZ}", "rule": row.rule, "pool": row.pool or "",
        "customer": standing.customer or "", "issued_at": f"{moment(row.issued_at):%Y-%m-%dT%H:%M:%SZ}",
        "order": used.order if used else "",
    }  # fmt: skip


ACTS = {"add": _add, "pools": _pools, "list": _list}
