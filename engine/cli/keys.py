"""`server.py keys`: makes, lists and revokes the keys with which shops call the API."""

from __future__ import annotations

import argparse
import json
from typing import Any

from engine.audit import this_user, write_down
from engine.cli.home import Home, used_home
from engine.clock import moment
from engine.errors import UsageError
from engine.intake.shops import sync_shops
from engine.web.api.credentials import new_key
from models import ApiKey, Shop

HELP = "make, list and revoke API keys"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds what is to be done; one flat command, so that --home and --config may stand anywhere."""
    parser.add_argument("act", choices=list(ACTS), help="what to do")
    parser.add_argument("prefix", nargs="?", help="revoke: how the key begins, as `keys list` shows it")
    parser.add_argument(
        "--shop", metavar="KEY", help="create: the shop's key in config.yaml (default: the first)"
    )
    parser.add_argument("--name", help="create: what it is for, for people (default: shop)")


def run(args: argparse.Namespace) -> int:
    """Does what was asked."""
    with used_home(args) as home:
        return int(ACTS[args.act](home, args))


def _create(home: Home, args: argparse.Namespace) -> int:
    name = args.name or "shop"
    shop = home.config.shop(args.shop or home.config.shops[0].shop)
    row = sync_shops(home.store, home.config, home.clock.now())[shop.shop]
    with home.store.transaction():
        key = new_key(row.id, name, home.clock.now())
        _note(home, "key made", key[:11], shop=shop.shop)
    print(json.dumps({"key": key, "shop": shop.shop, "name": name}) if args.json else key)
    return 0


def _list(home: Home, args: argparse.Namespace) -> int:
    keys = ApiKey.select(ApiKey, Shop).join(Shop).order_by(ApiKey.id)
    found = [_shown(key) for key in keys]
    if args.json:
        print(json.dumps(found, ensure_ascii=False))
    for key in [] if args.json else found:
        print("{prefix}…  {shop}  {name}  made {made}  used {used}{state}".format(**key))
    return 0


def _shown(key: Any) -> dict[str, Any]:
    when = {name: f"{moment(at):%Y-%m-%d %H:%M}" if at else "never" for name, at in
            (("made", key.created_at), ("used", key.used_at))}  # fmt: skip
    return {
        "prefix": key.prefix,
        "shop": key.shop.key,
        "name": key.name,
        **when,
        "state": "  REVOKED" if key.revoked_at else "",
    }


def _revoke(home: Home, args: argparse.Namespace) -> int:
    """Revokes the one living key that begins so."""
    if not args.prefix:
        raise UsageError("which key?", remedy="keys revoke PREFIX, as `keys list` shows it")
    found = list(
        ApiKey.select().where(ApiKey.prefix.startswith(args.prefix[:11]) & ApiKey.revoked_at.is_null())
    )
    if len(found) != 1:
        how_many = "no living key begins" if not found else f"{len(found)} keys begin"
        raise UsageError(f"{how_many} with {args.prefix!r}", remedy="`keys list` shows them")
    with home.store.transaction():
        ApiKey.update(revoked_at=home.clock.now()).where(ApiKey.id == found[0].id).execute()
        _note(home, "key revoked", found[0].prefix)
    print(json.dumps({"revoked": found[0].prefix}) if args.json else f"revoked {found[0].prefix}…")
    return 0


def _note(home: Home, act: str, prefix: str, **detail: Any) -> None:
    write_down(this_user(), act, prefix, home.clock.now(), channel="command", **detail)


ACTS = {"create": _create, "list": _list, "revoke": _revoke}
