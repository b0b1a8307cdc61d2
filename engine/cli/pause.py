"""`server.py pause`: stops a rule, a purpose or all mail at once; `resume` lets it go on."""

from __future__ import annotations

import argparse
import json

from engine.audit import this_user
from engine.cli.home import Home, used_home
from engine.errors import UsageError
from engine.live import Live
from engine.outbox.acts import Stopped, pause_purpose, pause_rule, resume_rule
from engine.outbox.pauses import ALL
from engine.rulebook.publication import POLICY
from models import RuleState

HELP = "stop a rule, a purpose or all mail at once; what is queued waits until it is resumed or expires"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds what is to be paused."""
    parser.add_argument(
        "what",
        metavar="RULE|PURPOSE|all",
        help="a purpose such as newsletter, a rule's id (rule:ID where a purpose is called so too), or all",
    )
    parser.add_argument("--author", metavar="NAME", help="who does it, for the log (default: this user)")


def run(args: argparse.Namespace) -> int:
    """Pauses, and says what stands still and what cannot be called back."""
    return change(args, paused=True)


def author_of(args: argparse.Namespace) -> str:
    """Returns who is acting: as said, else the user of this machine."""
    return this_user(args.author)


def change(args: argparse.Namespace, paused: bool) -> int:
    """Pauses or resumes what was named; exit 2 and the known names where it means nothing here."""
    with used_home(args) as home:
        kind, met = set_pause(home, args.what, paused, author_of(args))
        warned = paused and (kind == ALL or _transactional(home, args.what))
    done = "paused" if paused else "resumed"
    if args.json:
        counts = {"waiting": met.waiting, "held": met.held, "sending": met.sending}
        print(json.dumps({done: args.what, "kind": kind, **counts}))
        return 0
    print(f"{done} {args.what}" if kind == ALL else f"{done} {kind} {args.what.removeprefix('rule:')}")
    print("\n".join(_said(met, paused, warned)), end="\n" if _said(met, paused, warned) else "")
    return 0


def _said(met: Stopped, paused: bool, warned: bool) -> list[str]:
    """Says what the pause has met, and what a person should know."""
    lines = []
    if met.waiting or met.held:
        how = "wait until it is resumed or they expire" if paused else "are asked again"
        lines.append(f"  {met.waiting} queued mails and {met.held} held candidates {how}")
    if paused and met.sending:
        lines.append(f"  {met.sending} mails are being handed over at this moment and cannot be called back")
    if warned:
        lines.append(
            "  warning: this stops mails about orders too: customers get no confirmation while it lasts"
        )
    return lines


def _transactional(home: Home, what: str) -> bool:
    """Says whether what was named is about orders: the purpose, or a rule with it."""
    if what == "transactional":
        return True
    live = Live(home)
    live.prepare(home.clock.now())
    rule = live.rulebook.rules.get(what.removeprefix("rule:"))
    return rule is not None and rule.transactional


def set_pause(home: Home, what: str, paused: bool, author: str) -> tuple[str, Stopped]:
    """Writes that a rule (in every shop), a purpose or everything is paused or not; returns which of these it was.

    Where a rule and a purpose share a name, the purpose is meant; `rule:NAME` names the rule.
    """
    now = home.clock.now()
    if what == ALL or what in home.config.all_purposes():
        return ALL if what == ALL else "purpose", pause_purpose(
            home.store, what, paused, author, now, "command"
        )
    Live(home).prepare(now)  # a home that was never served knows no rule yet
    act = pause_rule if paused else resume_rule
    met = act(home.store, what.removeprefix("rule:"), author, now, channel="command")
    if met is None:
        raise unknown_rule(home, what)
    return "rule", met


def unknown_rule(home: Home, what: str) -> UsageError:
    """Returns the error that lists what there is."""
    rules = sorted({rule for (rule,) in RuleState.select(RuleState.rule).tuples()} - {POLICY})
    known = ", ".join([ALL, *home.config.all_purposes(), *rules])
    return UsageError(f"no rule or purpose is called {what!r}", remedy=f"known: {known}")
