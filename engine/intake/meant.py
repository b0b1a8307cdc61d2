"""Whom a shop system means by a customer's wish about their own facts: never anybody but the one it names."""

from __future__ import annotations

from collections.abc import Iterator

from engine.config_testing import apart, is_test
from engine.consent.called import Called, Somebody, is_there
from engine.intake.connectors.told import Whom
from engine.intake.reading import mailbox
from models import Address, Customer, Order, Shop


def meant_by(shop: Shop, whom: Whom) -> Iterator[Somebody]:
    """Yields the customers whom a wish means, one by one, then what waits for somebody under the names that it says.

    Whoever has the id is meant, and the guest of the address. Another customer of that address is meant where an order of
    theirs is named; an order of somebody with another address and another id is not theirs. The last is looked for when the
    customers have been dealt with: an erasure of theirs may have taken it away.
    """
    email = _mailbox(whom.email)
    here = (Customer.shop == shop.id) & Customer.erased_at.is_null()
    meant = (
        Customer.external_id == whom.external_id if whom.external_id is not None else Customer.id.is_null()
    )
    if email is not None:
        at_home = apart(email) if is_test(shop.key) else email
        living = Customer.address.in_(Address.select(Address.id).where(Address.email == at_home))
        named = Order.select(Order.customer).where(
            (Order.shop == shop.id) & Order.external_id.in_(whom.orders)
        )
        meant |= living & (Customer.external_id.is_null() | Customer.id.in_(named))
    customers = list(Customer.select().where(here & meant).order_by(Customer.id))
    yield from customers
    has_id = any(customer.external_id == whom.external_id for customer in customers)
    called = Called(shop, None if has_id else whom.external_id, email)
    if is_there(called):
        yield called


def _mailbox(email: str | None) -> str | None:
    try:
        return mailbox(email) if email else None
    except ValueError:  # it is no address: nobody here is known by it
        return None
