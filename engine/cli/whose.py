"""Whom a command means by the shop's id of a customer, or by an address."""

from __future__ import annotations

import argparse
from typing import Any

from engine.config_testing import TEST, apart, is_test
from engine.consent.called import Called, Somebody, is_there
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
    found = _customers(name, shop)
    if not found:
        raise _nobody(name, shop)
    return found


def everybody_called(name: str, shop: str | None = None) -> list[Somebody]:
    """Finds customers likewise, and at the shops that have none whoever only stands beside what waits for them.

    Where no shop tells of anybody so called, the mailbox itself may still be on the suppression list.
    """
    customers = _customers(name, shop)
    known = {customer.shop_id for customer in customers}
    others = [
        Called(each, name.strip(), _mailbox(name))
        for each in Shop.select().where(_shops(shop)).order_by(Shop.id)
        if each.id not in known
    ]
    waiting = [called for called in others if is_there(called)]
    if not customers and not waiting:
        waiting = [called for called in others if is_there(called, of_the_shop=False)][:1]
    if not customers and not waiting:
        raise _nobody(name, shop, ", and nothing waits for anybody called so")
    return [*customers, *waiting]


def _customers(name: str, shop: str | None) -> list[Customer]:
    email = _mailbox(name) or name
    if shop and is_test(shop):
        email = apart(email)
    by_address = Customer.address.in_(Address.select(Address.id).where(Address.email == email))
    called = (Customer.external_id == name) | by_address
    called &= Customer.shop.in_(Shop.select(Shop.id).where(_shops(shop)))
    return list(Customer.select().where(called).order_by(Customer.id))


def _shops(key: str | None) -> Any:
    return Shop.key == key if key is not None else ~Shop.key.endswith(TEST)


def _nobody(name: str, shop: str | None, more: str = "") -> UsageError:
    place = "" if shop is None else f" in the shop {shop!r}"
    return UsageError(
        f"no customer has the id or address {name!r}{place}{more}", remedy="look it up in the console"
    )


def _mailbox(name: str) -> str | None:
    try:
        return mailbox(name.strip())
    except ValueError:
        return None
