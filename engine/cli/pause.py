"""`server.py pause`: stops a rule, a purpose or all mail at once; `resume` lets it go on."""

from __future__ import annotations

import argparse
import json

from engine.cli.home import Home, used_home
from engine.errors import UsageError
from engine.live import Live
from engine.outbox.pauses import PREFIX
from engine.rulebook.publication import POLICY
from models import RuleState, Setting

HELP = "stop a rule, a purpose or all mail at once; what is queued waits until it is resumed or expires"
ALL = "all"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds what is to be paused."""
    parser.add_argument(
        "what",
        metavar="RULE|PURPOSE|all",
        help="a purpose such as newsletter, a rule's id (rule:ID where a purpose is called so too), or all",
    )


def run(args: argparse.Namespace) -> int:
    """Pauses, and says what stands still."""
    return change(args, paused=True)


def change(args: argparse.Namespace, paused: bool) -> int:
    """Pauses or resumes what was named; exit 2 and the known names where it means nothing here."""
    with used_home(args) as home:
        kind = set_pause(home, args.what, paused)
    done = "paused" if paused else "resumed"
    words = f"{done} {args.what}" if kind == ALL else f"{done} {kind} {args.what}"
    print(json.dumps({done: args.what, "kind": kind}) if args.json else words)
    return 0


def set_pause(home: Home, what: str, paused: bool) -> str:
    """Writes that a rule (in every shop), a purpose or everything is paused or not; returns which of these it was.

    Where a rule and a purpose share a name, the purpose is meant; `rule:NAME` names the rule.
    """
    rule = what.removeprefix("rule:")
    if what == ALL or what in home.config.all_purposes():
        with home.store.transaction():
            Setting.delete().where(Setting.name == PREFIX + what).execute()
            if paused:
                Setting.create(name=PREFIX + what, value=True)
        return ALL if what == ALL else "purpose"
    Live(home).prepare(home.clock.now())  # a home that was never served knows no rule yet
    # What fell due meanwhile is lost, as it is while a rule is not active: a resumed rule acts from now on.
    since = {} if paused else {"since_at": home.clock.now()}
    with home.store.transaction():
        named = RuleState.rule == rule, RuleState.rule != POLICY
        if RuleState.update(paused=paused, **since).where(*named).execute():
            return "rule"
    rules = sorted({rule for (rule,) in RuleState.select(RuleState.rule).tuples()} - {POLICY})
    known = ", ".join([ALL, *home.config.all_purposes(), *rules])
    raise UsageError(f"no rule or purpose is called {what!r}", remedy=f"known: {known}")
