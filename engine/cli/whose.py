"""Whom a command means by the shop's id of a customer, or by an address."""

from __future__ import annotations

import argparse

from engine.config_testing import TEST, apart, is_test
from engine.errors import UsageError
from engine.intake.reading import mailbox
from models import Address, Customer, Shop


def add_customer(parser: argparse.ArgumentParser) -> None:
    """Adds CUSTOMER, and the shop where two shops have customers of one name."""
    parser.add_argument("customer", metavar="CUSTOMER", help="the shop's id of the customer, or an address")
    parser.add_argument("--shop", metavar="KEY", help="only this shop's customer")


def customers_called(name: str, shop: str | None = None) -> list[Customer]:
    """Finds customers by the shop's id or by address; raises UsageError where nobody is called so.

    Those of test shops are found only where `shop` names the test shop.
    """
    email = apart(_mailbox(name)) if shop and is_test(shop) else _mailbox(name)
    by_address = Customer.address.in_(Address.select(Address.id).where(Address.email == email))
    called = (Customer.external_id == name) | by_address
    where = Shop.key == shop if shop is not None else ~Shop.key.endswith(TEST)
    called &= Customer.shop.in_(Shop.select(Shop.id).where(where))
    found = list(Customer.select().where(called).order_by(Customer.id))
    if not found:
        place = "" if shop is None else f" in the shop {shop!r}"
        raise UsageError(
            f"no customer has the id or address {name!r}{place}", remedy="look it up in the console"
        )
    return found


def _mailbox(name: str) -> str:
    try:
        return mailbox(name.strip())
    except ValueError:
        return name.strip().lower()
