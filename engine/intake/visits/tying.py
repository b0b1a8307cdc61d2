"""Believes a signed word about who a visitor is, or does not; a browser alone can claim to be nobody."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from engine import bulk
from engine.consent.standing import NOTHING_SAID, standings
from engine.intake.accepting import Intake
from engine.intake.joining import waiting_key
from engine.intake.reading import mailbox
from engine.intake.visits.giving import give
from engine.intake.visits.shapes import Tie
from engine.intake.visits.signed import read
from models import Address, Customer, Order, SeenToken, Visitor

LONGEST_ID = 128


def tie(intake: Intake, visitor: Visitor, said: Tie) -> bool:
    """Ties the visitor by a word; False where it is not to be believed, or says nothing that may be used."""
    ways = {"identify": _identified, "order": _ordered, "click": _clicked}
    return ways[said.by](intake, visitor, said.token)


def is_news(intake: Intake, said: Tie, whose: int | None) -> bool:
    """Says whether a word would change whose the browser is; one that nobody believes changes nothing, and holds up nobody."""
    if said.by == "click":
        return (
            whose is None
            and read([intake.store.secret], "click", intake.shop.shop, said.token, intake.now) is not None
        )
    who = read(_secrets(intake), said.by, intake.shop.shop, said.token, intake.now)
    if not who:
        return False
    name = _name_of(who) if said.by == "identify" else f"order:{who}"
    meant = None if name is None else _buyer(intake, who) if said.by == "order" else _customer(intake, name)
    return name is not None and (meant is None or meant != whose)


def _secrets(intake: Intake) -> Sequence[bytes]:
    pages = intake.shop.pages
    return [secret.encode() for secret in pages.secrets] if pages else []


def _identified(intake: Intake, visitor: Visitor, token: str) -> bool:
    """The shop's server says who is logged in: an address if it has an @, else the shop's id."""
    who = read(_secrets(intake), "identify", intake.shop.shop, token, intake.now)
    name = _name_of(who) if who else None
    if name is None:
        return False
    customer = _customer(intake, name)
    return _given_or_waiting(intake, visitor, name, customer, "identify")


def _name_of(who: str) -> str | None:
    if "@" not in who:
        return waiting_key(who, None) if len(who) <= LONGEST_ID else None
    try:
        return waiting_key(None, who)
    except ValueError:
        return None


def _customer(intake: Intake, name: str) -> int | None:
    kind, _, value = name.partition(":")
    mine = Customer.shop == intake.shop_id
    if kind == "id":
        found = Customer.select(Customer.id).where(mine & (Customer.external_id == value)).first()
    else:
        box = Address.select(Address.id).where(Address.email == mailbox(value))
        named = Customer.external_id.is_null()  # of one mailbox, whoever has an id goes first
        found = (
            Customer.select(Customer.id)
            .where(mine & Customer.address.in_(box))
            .order_by(named, Customer.id)
            .first()
        )
    return int(found.id) if found else None


def _ordered(intake: Intake, visitor: Visitor, token: str) -> bool:
    """The shop's server says which order was just placed here."""
    number = read(_secrets(intake), "order", intake.shop.shop, token, intake.now)
    if not number or len(number) > LONGEST_ID:
        return False
    return _given_or_waiting(intake, visitor, f"order:{number}", _buyer(intake, number), "order")


def _buyer(intake: Intake, number: str) -> int | None:
    order = Order.get_or_none((Order.shop == intake.shop_id) & (Order.external_id == number))
    return int(order.customer_id) if order else None


def _given_or_waiting(intake: Intake, visitor: Visitor, name: str, customer: int | None, by: str) -> bool:
    if customer is None:
        said = {"external_customer": name, "customer": None, "tied_at": None, "tied_by": None}
        Visitor.update(said).where(Visitor.id == visitor.id).execute()
        visitor.customer = None
        return True
    if visitor.customer_id == customer:
        return True
    given = give(intake, visitor.id, visitor.key, customer, by)
    if given:
        visitor.customer = customer
    return given


def _clicked(intake: Intake, visitor: Visitor, token: str) -> bool:
    """Our own redirect says whose mail was clicked: once, while they agree to it, and only of somebody not known yet.

    A mail may be passed on, so this is the weakest word of all: it never outweighs a log-in or an order.
    """
    pages, store = intake.shop.pages, intake.store
    if pages is None or pages.tie_clicks is None or visitor.customer_id or visitor.external_customer:
        return False
    number = read([store.secret], "click", intake.shop.shop, token, intake.now)
    if number is None or not number.isdecimal() or _used(intake, token):
        return False
    customer = Customer.get_or_none((Customer.id == int(number)) & (Customer.shop == intake.shop_id))
    if customer is None or customer.erased_at is not None:
        return False
    standing = standings([customer.id], intake.now).get(customer.id, NOTHING_SAID)
    if pages.tie_clicks not in standing.consents:
        return False
    return _given_or_waiting(intake, visitor, "", customer.id, "click")


def _used(intake: Intake, token: str) -> bool:
    """Says whether the word was used before, and remembers that it is now."""
    digest = hashlib.sha256(f"visit:{token}".encode()).hexdigest()
    if bulk.fetch(intake.store, SeenToken, ("id",), "digest", [digest]):
        return True
    SeenToken.create(digest=digest, at=intake.now)
    return False
