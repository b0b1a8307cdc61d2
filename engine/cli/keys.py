"""`server.py keys`: makes, lists, replaces and revokes the keys with which shops call the API, and empties test shops."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from typing import Any

from engine.audit import this_user, write_down
from engine.cli.home import Home, used_home
from engine.clock import DAY, HOUR, MINUTE, moment
from engine.config_testing import is_test, key_of_test, shop_of
from engine.errors import UsageError
from engine.intake.emptying import empty_test_shop
from engine.intake.shops import make_test_shop, sync_shops
from engine.web.api.issuing import family_of, is_over, new_key, replace_key, shown_of
from engine.web.api.scopes import GROUPS, granted
from models import ApiKey, Shop

HELP = "make, list, replace and revoke API keys; empty a test shop"
SPAN = re.compile(r"([0-9]{1,6}) *(m|h|d)[a-z]*|0")
UNITS = {"m": MINUTE, "h": HOUR, "d": DAY}
AS_SHOWN = "name it as `keys list` shows it, by its name or beginning"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds what is to be done; one flat command, so that --home and --config may stand anywhere."""
    parser.add_argument(
        "act", choices=list(ACTS), help="what to do; `empty` deletes all that test keys have sent"
    )
    parser.add_argument("key", nargs="?", help="rotate, revoke: the key's name, or how it begins")
    parser.add_argument(
        "--shop", metavar="KEY", help="create, empty: the shop's key in config.yaml (default: the first)"
    )
    parser.add_argument("--name", help="create: what it is for, for people (default: shop)")
    parser.add_argument(
        "--scope", action="append", default=[], metavar="SCOPE",
        help="create: what it may do, such as orders:write; or usual (the default: all that is sent, and coupons:read), "
             "write, read, all; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--test", action="store_true", help="create: a key of test mode, whose mail nobody gets"
    )
    parser.add_argument(
        "--requests", type=int, metavar="N", help="create: requests a minute, where limits shall not hold"
    )
    parser.add_argument("--items", type=int, metavar="N", help="create: items a minute, likewise")
    parser.add_argument(
        "--overlap",
        default="24h",
        metavar="SPAN",
        help="rotate: how long the old secret works on (30m, 24h, 7d, 0)",
    )


def run(args: argparse.Namespace) -> int:
    """Does what was asked."""
    with used_home(args) as home:
        return int(ACTS[args.act](home, args))


def _create(home: Home, args: argparse.Namespace) -> int:
    now, name = home.clock.now(), args.name or "shop"
    shop = home.config.shop(args.shop or home.config.shops[0].shop).shop
    test = args.test or is_test(shop)
    sync_shops(home.store, home.config, now)
    row = make_test_shop(home.store, home.config, shop, now) if test else Shop.get(Shop.key == shop)
    limits = {"requests": _positive("requests", args.requests), "items": _positive("items", args.items)}
    scopes = [scope for named in args.scope for scope in named.split(",") if scope]
    with home.store.transaction():
        key = new_key(row.id, name, now, scopes, **limits)
        _note(home, "key made", shown_of(key), shop=row.key, scopes=",".join(args.scope) or "usual")
    made = {"key": key, "shop": row.key, "name": name, "test": test}
    print(json.dumps(made, ensure_ascii=False) if args.json else key)
    return 0


def _positive(what: str, number: int | None) -> int | None:
    if number is not None and not 1 <= number <= 2**31 - 1:
        raise UsageError(
            f"--{what} takes a whole number from 1 on", remedy="leave it out for config.yaml's limits"
        )
    return number


def _list(home: Home, args: argparse.Namespace) -> int:
    keys = ApiKey.select(ApiKey, Shop).join(Shop).order_by(ApiKey.id)
    if args.json:
        now = home.clock.now()
        print(json.dumps([_as_json(key, now) for key in keys], ensure_ascii=False))
        return 0
    for key in keys:
        print(_line(key, home.clock.now()))
    return 0


def _as_json(key: Any, now: int) -> dict[str, Any]:
    when = {name: _iso(getattr(key, name)) for name in ("created_at", "used_at", "expires_at", "revoked_at")}
    return {
        "prefix": key.prefix, "shop": key.shop.key, "name": key.name, "test": is_test(key.shop.key),
        "scopes": sorted(granted(key.scopes)), "family": family_of(key), "requests": key.requests, "items": key.items,
        **when, "works": not is_over(key.revoked_at, key.expires_at, now),
    }  # fmt: skip


def _iso(at: int | None) -> str | None:
    return None if at is None else moment(at).isoformat().replace("+00:00", "Z")


def _line(key: Any, now: int) -> str:
    test = "  TEST" if is_test(key.shop.key) else ""
    return (
        f"{key.prefix}…  {shop_of(key.shop.key)}{test}  {key.name}  made {_day(key.created_at)}  used {_day(key.used_at)}"
        f"  may {_scopes(key)}{_state(key, now)}"
    )


def _scopes(key: Any) -> str:
    mine = granted(key.scopes)
    return next((name for name, group in GROUPS.items() if set(group) == mine), " ".join(sorted(mine)))


def _state(key: Any, now: int) -> str:
    if key.revoked_at is not None:
        return "  REVOKED"
    if key.expires_at is None:
        return ""
    return f"  REPLACED, {'over' if is_over(None, key.expires_at, now) else 'works until'} {_day(key.expires_at)}"


def _day(at: int | None) -> str:
    return f"{moment(at):%Y-%m-%d %H:%M}" if at else "never"


def _rotate(home: Home, args: argparse.Namespace) -> int:
    """Makes a new secret for a key; the old one works until the overlap is over."""
    now, overlap = home.clock.now(), _span(args.overlap)
    old = _newest(_called(args.key, now, args.act))
    with home.store.transaction():
        key = replace_key(old, now, overlap)
        _note(home, "key replaced", shown_of(key), instead_of=old.prefix, overlap=args.overlap)
    if args.json:
        print(json.dumps({"key": key, "replaces": old.prefix, "old_works_until": _iso(now + overlap)}))
        return 0
    print(key)
    return 0


def _span(text: str) -> int:
    found = SPAN.fullmatch(text.strip().lower())
    if not found:
        raise UsageError(
            f"--overlap {text!r} is no span", remedy="write 30m, 24h or 7d; 0 ends the old secret now"
        )
    return int(found[1]) * UNITS[found[2]] if found[1] else 0


def _called(name: str | None, now: int, act: str) -> list[ApiKey]:
    """Finds the living secrets of one key by its name, or one secret by its beginning."""
    if not name:
        raise UsageError("which key?", remedy=f"keys {act} NAME; {AS_SHOWN}")
    living = ApiKey.revoked_at.is_null() & (ApiKey.expires_at.is_null() | (ApiKey.expires_at > now))
    begins = ApiKey.prefix.startswith(shown_of(name)) if name.startswith("rk_") else ApiKey.name == name
    found = list(ApiKey.select().where(living & begins).order_by(ApiKey.id))
    families = {family_of(key) for key in found}
    if len(families) != 1 or (name.startswith("rk_") and len(found) > 1):
        how_many = "no living key is called" if not found else f"{len(found)} keys are called"
        raise UsageError(f"{how_many} {name!r}", remedy=f"`keys list` shows them; {AS_SHOWN}")
    return found


def _newest(found: Sequence[ApiKey]) -> ApiKey:
    return max(found, key=lambda key: (key.expires_at is None, key.id))


def _revoke(home: Home, args: argparse.Namespace) -> int:
    """Revokes the one secret that begins so, or every secret of the key that is called so."""
    now = home.clock.now()
    found = _called(args.key, now, args.act)
    with home.store.transaction():
        ApiKey.update(revoked_at=now).where(ApiKey.id << [key.id for key in found]).execute()
        for key in found:
            _note(home, "key revoked", key.prefix)
    revoked = [key.prefix for key in found]
    print(json.dumps({"revoked": revoked}) if args.json else "\n".join(f"revoked {one}…" for one in revoked))
    return 0


def _empty(home: Home, args: argparse.Namespace) -> int:
    """Deletes everything that the shop's test keys have sent, and what came of it."""
    shop = home.config.shop(args.shop or home.config.shops[0].shop).shop
    row = Shop.get_or_none(Shop.key == key_of_test(shop))
    if row is None:
        raise UsageError(f"{shop} has no test mode yet", remedy=f"keys create --test --shop {shop_of(shop)}")
    found = empty_test_shop(home.store, row)
    _note(home, "test data emptied", row.key, rows=sum(found.values()))
    words = ", ".join(f"{rows} {name}" for name, rows in sorted(found.items())) or "nothing was there"
    print(json.dumps({"emptied": row.key, "rows": found}) if args.json else f"emptied {row.key}: {words}")
    return 0


def _note(home: Home, act: str, prefix: str, **detail: Any) -> None:
    write_down(this_user(), act, prefix, home.clock.now(), channel="command", **detail)


ACTS = {"create": _create, "list": _list, "rotate": _rotate, "revoke": _revoke, "empty": _empty}
