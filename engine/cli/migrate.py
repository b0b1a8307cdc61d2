"""`server.py migrate`: brings the store up to this version's tables, and config's shops into it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from engine.cli.home import Home, used_home
from engine.cli.moments import moment_of
from engine.clock import make_stepped, moment
from engine.errors import StoreError, UsageError
from engine.failpoint import failpoint
from engine.intake.shops import sync_shops
from models.migrations import TooNew, migrate

HELP = "bring the store up to date; --stepped makes a home whose clock you move"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `migrate`."""
    parser.add_argument(
        "--stepped", action="store_true", help="a new home's clock stands still until `clock T` moves it"
    )
    parser.add_argument(
        "--at", metavar="T", help="where a stepped clock starts (default: wherever `clock T` first sets it)"
    )


def run(args: argparse.Namespace) -> int:
    """Migrates, and says what was done."""
    if args.at and not args.stepped:
        raise UsageError("--at sets a stepped clock", remedy="add --stepped")
    new = not _has_store(Path(args.home))
    with used_home(args, any_version=True) as home:
        done = _migrated(home)
        now = _stepped(home, args.at, new) if args.stepped else home.clock.now()
        sync_shops(home.store, home.config, now)
    if args.json:
        print(json.dumps({"applied": done, "now": moment(now).isoformat()}))
    else:
        print(f"applied {', '.join(done)}" if done else "the store is up to date")
    return 0


def _has_store(path: Path) -> bool:
    return (path / "regulars.db").exists() and (path / "regulars.db").stat().st_size > 0


def _migrated(home: Home) -> list[str]:
    try:
        return migrate(home.store.database, lambda name: failpoint("migrate.step"))
    except TooNew as error:
        raise StoreError(
            str(error), remedy="run the version of Regulars that made it, or a newer one"
        ) from error


def _stepped(home: Home, at: str | None, new: bool) -> int:
    """Gives the home its stepped clock; a home that has lived by the machine's clock cannot change over."""
    file = home.path / "clock"
    if not file.exists() and not new:
        raise UsageError(
            f"{home.path} lives by the machine's clock already", remedy="name a new home with --home DIR"
        )
    return make_stepped(home.path, moment_of(at, home.config) if at else None).now()
