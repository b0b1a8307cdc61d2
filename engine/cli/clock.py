"""`server.py clock T`: steps the clock of a home that was made with `migrate --stepped`."""

from __future__ import annotations

import argparse
import json

from engine.audit import this_user, write_down
from engine.cli.home import Home, used_home
from engine.cli.moments import moment_of
from engine.clock import SteppedClock, moment
from engine.errors import UsageError
from engine.live import Live
from models import Cursor, Customer, RuleState

HELP = "set the stepped clock forward, or say what it shows"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the moment; without one the clock is only read."""
    parser.add_argument("to", metavar="T", nargs="?", help="as 2026-03-22 15:00")


def run(args: argparse.Namespace) -> int:
    """Steps the clock and says what it shows; rules that are new act from before the step on."""
    with used_home(args) as home:
        if args.to is not None:
            if not isinstance(home.clock, SteppedClock):
                raise UsageError(
                    "this home goes by the machine's clock",
                    remedy="make one with migrate --stepped --home DIR",
                )
            step(home, home.clock, moment_of(args.to, home.config))
            write_down(this_user(), "clock", args.to, home.clock.now(), channel="command")
        now = f"{moment(home.clock.now()).isoformat()}"
        print(json.dumps({"now": now}) if args.json else now)
    return 0


def step(home: Home, clock: SteppedClock, to: int) -> None:
    """Moves the clock; rules that nobody has written down yet act from before the step on, or from the first setting."""
    if clock.unset:
        _forget_the_present(to < clock.now())
        clock.step_to(to)
    Live(home).prepare(clock.now())
    clock.step_to(to)


def _forget_the_present(back: bool) -> None:
    """Lets a clock that was never set begin in the past, as long as the home knows nobody yet."""
    if not back:
        return
    if Customer.select(Customer.id).first() is not None:
        raise UsageError(
            "this home has learned things by the present time already",
            remedy="set the clock before anything is sent to it",
        )
    Cursor.delete().execute()
    RuleState.delete().execute()
