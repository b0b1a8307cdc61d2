"""`server.py explain CUSTOMER`: why, and why not, for any rule and moment."""

from __future__ import annotations

import argparse
import json

from engine.cli.home import Home, used_home
from engine.cli.moments import moment_of
from engine.cli.whose import add_customer, customers_called
from engine.clock import moment
from engine.delivery.issues import issues_of
from engine.errors import UsageError
from engine.live import Live
from engine.policy.compiled import CompiledPolicy
from engine.policy.history import Draw
from engine.rehearsal.explaining.explain import Asking, explain
from engine.rehearsal.explaining.model import Explained
from engine.reports.explained.shape import as_json
from engine.reports.explained.tell import speaker_of, text
from engine.reports.explained.voices import LANGUAGES
from engine.rulebook.nearest import meant
from models import Customer, Shop

YEARS = range(1990, 2101)  # beyond them calendars end
HELP = "say why a customer did or did not get a mail"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `explain`."""
    add_customer(parser)
    parser.add_argument("--rule", metavar="R", help="only this rule")
    parser.add_argument("--at", metavar="T", help="as of this moment, past or future")
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="the language of the sentences")


def run(args: argparse.Namespace) -> int:
    """Prints an explanation for each customer found."""
    with used_home(args) as home:
        now = home.clock.now()
        at = _moment(args.at, home) if args.at else now
        found = explanations(home, args.customer, args.rule, at, now, args.shop)
        if args.json:
            print(json.dumps([as_json(each) for _, each in found], ensure_ascii=False, indent=1))
        else:
            told = [text(each, speaker_of(each, args.lang, currency)) for currency, each in found]
            print("\n\n\n".join(told))
    return 0


def _moment(text_: str, home: Home) -> int:
    found = moment_of(text_, home.config)
    if moment(found).year not in YEARS:
        raise UsageError(f"{text_!r} is too far away", remedy=f"ask between {YEARS[0]} and {YEARS[-1]}")
    return found


def explanations(
    home: Home, name: str, rule: str | None, at: int, now: int, shop: str | None = None
) -> list[tuple[str, Explained]]:
    """Asks every rule, or one, about the customers of that id or address, each with the currency of their shop.

    Raises UsageError where there is no such customer or rule.
    """
    live = Live(home)
    live.prepare(now)
    if rule is not None and rule not in live.rulebook.rules:
        raise UsageError(
            f"unknown rule {rule!r}{meant(rule, live.rulebook.rules)}", remedy="see server.py check"
        )
    return [_explained(home, live, customer, rule, at, now) for customer in customers_called(name, shop)]


def _explained(
    home: Home, live: Live, customer: Customer, only: str | None, at: int, now: int
) -> tuple[str, Explained]:
    shop = Shop.get_by_id(customer.shop_id)
    policy: CompiledPolicy | None = live.policy
    assert policy is not None
    asking = Asking(home.store, live.view(shop, at), policy, Draw(home.key), now, issues_of(live.letters))
    rules = [
        rule
        for id_, rule in sorted(live.rulebook.rules.items())
        if only in (None, id_) and rule.in_shop(shop.key)
    ]
    return str(shop.currency), explain(asking, customer, rules)
