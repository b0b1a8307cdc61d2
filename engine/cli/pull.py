"""`server.py pull`: asks shop systems now what they have not told, instead of at the next minute of the clock."""

from __future__ import annotations

import argparse
import json
import threading
from datetime import date, datetime
from typing import Any

from engine import calendar
from engine.cli.home import Home, used_home
from engine.clock import instant
from engine.config import ShopConfig
from engine.errors import UsageError
from engine.intake import sync_shops
from engine.intake.connectors.baselinker import status_of
from engine.intake.pulling.asking import NotAnswered
from engine.intake.pulling.baselinker import Api
from engine.intake.pulling.run import ALL, systems, take_turn
from engine.wake import CLOCK, wake

HELP = "ask the shop systems under `pull` in config.yaml now for what has changed"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds which system, since when, and whether what is old may wake rules."""
    parser.add_argument("--shop", metavar="KEY", help="only this shop's systems")
    parser.add_argument("--source", metavar="NAME", help="only this system: woocommerce, baselinker")
    parser.add_argument(
        "--since", metavar="DATE", help="again from this day or moment on, and not from where it was left off"
    )
    parser.add_argument(
        "--history", action="store_true", help="with --since: what is older than a day wakes no rule"
    )
    parser.add_argument(
        "--statuses", action="store_true", help="list BaseLinker's statuses and what each is taken for"
    )


def run(args: argparse.Namespace) -> int:
    """Asks each system until all is answered; 1 where one could not be asked or something could not be kept."""
    if args.history and not args.since:
        raise UsageError("--history goes with --since", remedy="say since when, as in --since 2025-01-01")
    with used_home(args) as home:
        wanted = _wanted(home, args)
        if args.statuses:
            return _statuses(wanted, args.json)
        sync_shops(home.store, home.config, home.clock.now())
        told = [_asked(home, shop, name, args) for shop, name in wanted]
        wake(home.path, CLOCK)
    print(json.dumps(told, ensure_ascii=False) if args.json else "\n".join(map(_sentence, told)))
    return 1 if any(each.get("error") or each.get("refused") for each in told) else 0


def _wanted(home: Home, args: argparse.Namespace) -> list[tuple[ShopConfig, str]]:
    shops = [home.config.shop(args.shop)] if args.shop else home.config.shops
    found = [(shop, name) for shop in shops for name in systems(shop) if args.source in (None, name)]
    if not found:
        raise UsageError("config.yaml names no such system under `pull`", remedy="docs/shops.md shows how")
    return found


def _asked(home: Home, shop: ShopConfig, name: str, args: argparse.Namespace) -> dict[str, Any]:
    from models import Shop

    row, since = Shop.get(Shop.key == shop.shop), _since(args.since, shop)
    told: dict[str, Any] = {"shop": shop.shop, "source": name}
    try:
        turn = take_turn(
            home.store, home.config, row, name, home.clock.now, threading.Event(), most=ALL, early=True, since=since,
            history=args.history,
        )  # fmt: skip
    except NotAnswered as error:
        return told | {"error": str(error)}
    if turn is None:
        return told | {"error": "another process is asking it; try again in some minutes"}
    counts = {"brought": turn.brought, "known": turn.known, "refused": turn.refused, "asked": turn.asked}
    return told | counts | ({"note": turn.note} if turn.note else {})


def _since(said: str | None, shop: ShopConfig) -> int | None:
    """Returns a moment; a day begins at the shop's midnight."""
    if said is None:
        return None
    try:
        at = (
            datetime.fromisoformat(said)
            if "T" in said
            else datetime.combine(date.fromisoformat(said), datetime.min.time())
        )
    except ValueError:
        raise UsageError(
            f"{said!r} is no day or moment", remedy="write 2026-03-01 or 2026-03-01T10:00:00+01:00"
        ) from None
    return instant(at if at.tzinfo else at.replace(tzinfo=calendar.zone(shop.timezone)))


def _sentence(told: dict[str, Any]) -> str:
    who = f"{told['source']} of {told['shop']}"
    if told.get("error"):
        return f"{who}: {told['error']}"
    kept = f"{who}: {told['brought']} new or changed, {told['known']} known, {told['refused']} set aside"
    kept += f"; {told['asked']} questions"
    return kept + (
        "; its journal is empty: ask BaseLinker's support to switch it on" if told.get("note") else ""
    )


def _statuses(wanted: list[tuple[ShopConfig, str]], as_json: bool) -> int:
    found = []
    for shop, name in wanted:
        settings = shop.pull.baselinker
        if name != "baselinker" or settings is None:
            continue
        rows = Api(settings, threading.Event()).call("getOrderStatusList").get("statuses") or []
        for row in rows:
            number, called = str(row.get("id")), str(row.get("name"))
            ours = status_of(number, called, settings.statuses) or "pending until it is paid, then paid"
            found.append({"shop": shop.shop, "id": number, "name": called, "here": ours})
    lines = (f"{row['id']:>10}  {row['name']:32} {row['here']}" for row in found)
    print(json.dumps(found, ensure_ascii=False) if as_json else "\n".join(lines))
    return 0
