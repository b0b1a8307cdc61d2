"""`server.py explain CUSTOMER`: why, and why not, for any rule and moment."""

from __future__ import annotations

import argparse
import json

from engine.cli.home import Home, used_home
from engine.cli.moments import moment_of
from engine.errors import UsageError
from engine.live import Live
from engine.rehearsal.explain import Explanation, explain_rule
from engine.rehearsal.sentences import as_json, sentences
from engine.rulebook.nearest import meant
from models import Address, Customer, Shop

HELP = "say why a customer did or did not get a mail"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `explain`."""
    parser.add_argument("customer", metavar="CUSTOMER", help="the shop's id of the customer, or an address")
    parser.add_argument("--rule", metavar="R", help="only this rule")
    parser.add_argument("--at", metavar="T", help="as of this moment")


def run(args: argparse.Namespace) -> int:
    """Prints an explanation for each customer found and each rule."""
    with used_home(args) as home:
        at = moment_of(args.at, home.config) if args.at else home.clock.now()
        found = explanations(home, args.customer, args.rule, at)
        if args.json:
            print(json.dumps([as_json(each) for each in found], ensure_ascii=False, indent=1))
        else:
            several = len({each.customer.id for each in found}) > 1
            for each in found:
                whose = [f"customer {each.customer.external_id or each.customer.email}"] if several else []
                print("\n".join([*whose, *sentences(each)]), end="\n\n")
    return 0


def explanations(home: Home, name: str, rule: str | None, at: int) -> list[Explanation]:
    """Asks every rule, or one, about the customers of that id or address; raises UsageError where there is none."""
    live = Live(home)
    live.prepare(home.clock.now())
    if rule is not None and rule not in live.rulebook.rules:
        raise UsageError(
            f"unknown rule {rule!r}{meant(rule, live.rulebook.rules)}", remedy="see server.py check"
        )
    found = []
    for customer in customers_called(name):
        shop = Shop.get_by_id(customer.shop_id)
        view = live.view(shop, at)
        rules = [
            r for id_, r in sorted(live.rulebook.rules.items()) if rule in (None, id_) and r.in_shop(shop.key)
        ]
        found += [explain_rule(view, each, customer) for each in rules]
    return found


def customers_called(name: str) -> list[Customer]:
    """Finds customers by the shop's id or by address; raises UsageError where nobody is called so."""
    by_address = Customer.address.in_(Address.select(Address.id).where(Address.email == name.strip().lower()))
    found = list(Customer.select().where((Customer.external_id == name) | by_address).order_by(Customer.id))
    if not found:
        raise UsageError(f"no customer has the id or address {name!r}", remedy="look it up in the console")
    return found
