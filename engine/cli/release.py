"""`server.py release RULE`: a person's word that a braked rule may go beyond its usual volume."""

from __future__ import annotations

import argparse
import json

from engine.cli.home import used_home
from engine.cli.pause import author_of, unknown_rule
from engine.outbox.acts import release_rule

HELP = "let a rule go on that wanted more mails than usual and waits for your word"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the rule."""
    parser.add_argument("rule", metavar="RULE")
    parser.add_argument("--author", metavar="NAME", help="who does it, for the log (default: this user)")


def run(args: argparse.Namespace) -> int:
    """Releases, and says how many candidates waited for it; 1 where the rule was not braked."""
    with used_home(args) as home:
        met = release_rule(home.store, args.rule, author_of(args), home.clock.now(), channel="command")
        if met is None:
            raise unknown_rule(home, args.rule)
    if args.json:
        print(json.dumps({"released": args.rule, "braked": bool(met.rules), "held": met.held}))
    elif met.rules:
        print(
            f"released {args.rule}: {met.held} candidates that waited are asked again; no limit for 24 hours"
        )
    else:
        print(f"{args.rule} is not braked")
    return 0 if met.rules else 1
