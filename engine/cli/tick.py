"""`server.py tick`: asks every rule now, once; with `--at` it only says what would happen then."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import replace
from typing import Any

from peewee import fn

from engine.cli.clock import step
from engine.cli.home import Home, used_home
from engine.cli.moments import moment_of
from engine.cli.waits import waited
from engine.clock import MINUTE, SteppedClock
from engine.errors import StoreError
from engine.lease import acquire
from engine.live import Live
from engine.outbox.braking import Braking
from engine.policy.history import Draw
from engine.tick import Ticked, tick
from engine.wake import CLOCK, wake
from models import Change, Cursor, Decision, Message, Shop

HELP = "ask every rule once whom it concerns now"
PATIENCE_SECONDS = 120


class Undo(Exception):
    """Takes back whatever a rehearsal wrote."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `tick`."""
    parser.add_argument(
        "--at", metavar="T", help="rehearse that minute and write nothing; with a stepped clock, step to it"
    )


def run(args: argparse.Namespace) -> int:
    """Prints what was due and what was decided."""
    with used_home(args) as home:
        if args.at and isinstance(home.clock, SteppedClock):
            step(home, home.clock, moment_of(args.at, home.config))
        rehearsed = args.at and not isinstance(home.clock, SteppedClock)
        done = _rehearse(home, moment_of(args.at, home.config)) if rehearsed else _tick(home)
        _say(done, args.json)
    return 0


def _tick(home: Home) -> dict[str, Ticked]:
    live, now = Live(home), home.clock.now()
    live.prepare(now)
    done = {}
    for shop in live.shops():
        lease = acquire(home.store, shop.id, "command", home.clock)
        if lease is None:
            done[shop.key] = _followed(home, shop, now)
            continue
        done[shop.key] = live.tick_shop(shop, now, lease.guard)
        lease.release(home.store)
    return done


def _followed(home: Home, shop: Shop, now: int) -> Ticked:
    """Waits until the clock that runs has ticked this shop up to `now`, and says what it decided meanwhile."""
    newest = Decision.select(fn.MAX(Decision.id)).scalar() or 0
    mails = Message.select(fn.MAX(Message.id)).scalar() or 0
    if not waited(lambda: _come_to(shop, now), PATIENCE_SECONDS, lambda: wake(home.path, CLOCK)):
        raise StoreError(
            f"the running clock has not ticked {shop.key} within {PATIENCE_SECONDS} seconds",
            remedy="look at the log of serve",
        )
    rows = list(Decision.select().where((Decision.shop == shop) & (Decision.id > newest)))
    queued = Message.select().where((Message.shop == shop) & (Message.id > mails)).count()
    return Ticked(len(rows), 0, queued, rows)


def _come_to(shop: Shop, now: int) -> bool:
    unread = Change.select(Change.id).where((Change.shop == shop) & (Change.recorded_at <= now))
    return Cursor.get(Cursor.shop == shop).ticked_at >= now and not unread.exists()


def _rehearse(home: Home, at: int) -> dict[str, Ticked]:
    """Ticks one minute inside a transaction that is taken back."""
    done: dict[str, Ticked] = {}
    try:
        with home.store.transaction():
            live = Live(home)
            live.prepare(at)
            assert live.policy is not None
            for shop in live.shops():
                view = live.view(shop, at)
                earlier = replace(view, since=dict.fromkeys(view.since, 0))
                done[shop.key] = tick(
                    earlier, live.policy, home.store, Draw(home.key), last=at - MINUTE,
                    braking=Braking(home.config.rules.brake),
                )  # fmt: skip
            raise Undo
    except Undo:
        return done


def _say(done: dict[str, Ticked], as_json: bool) -> None:
    found = {shop: summary(ticked) for shop, ticked in done.items()}
    if as_json:
        print(json.dumps(found))
        return
    for shop, numbers in found.items():
        print(f"{shop}: {numbers['due']} due, {numbers['messages']} to be sent")
        for what, count in sorted(numbers["decisions"].items()):
            print(f"  {count:6}  {what}")


def summary(ticked: Ticked) -> dict[str, Any]:
    """Counts what a tick did, by outcome and reason."""
    counted = Counter(f"{d.outcome} {d.reason}" if d.reason else d.outcome for d in ticked.decisions)
    return {"due": ticked.due, "messages": ticked.messages, "decisions": dict(counted)}
