"""Finding customers, and what is known of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import JOIN, fn

from engine.clock import instant
from engine.consent.kinds import NOT_YET, PAUSE, kind_of
from engine.consent.stops import rule_stopped
from engine.reports.voice import Voice
from models import Address, ConsentChange, Customer, Order

PAGE = 50
BEYOND = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Bought:
    """What somebody's orders come to; void ones are left out."""

    orders: int = 0
    total_minor: int = 0
    last_at: int | None = None


NOTHING = Bought()


def find_customers(shop_id: int, asked: str, before: int | None = None) -> list[Customer]:
    """Lists up to 51 customers, the newest first: by part of a name, by the beginning of an address, or by id.

    One more than a page, so that the page knows whether there is another; `before` is the last id of the page before.
    """
    found = Customer.select(Customer, Address).join(Address, JOIN.LEFT_OUTER).where(Customer.shop == shop_id)
    for word in asked.split()[:5]:
        found = found.where(_fits(word))
    if before is not None:
        found = found.where(Customer.id < before)
    return list(found.order_by(Customer.id.desc()).limit(PAGE + 1))


def _fits(word: str) -> Any:
    if "@" in word:
        low = word.lower()
        return (Address.email >= low) & (Address.email < low + BEYOND)
    # SQLite folds only ASCII: a name is also looked for with a capital, as names are written
    names = [
        field.contains(form)
        for field in (Customer.first_name, Customer.last_name)
        for form in {word, word.capitalize()}
    ]
    fits = (Customer.external_id == word) | (
        (Address.email >= word.lower()) & (Address.email < word.lower() + BEYOND)
    )
    for name in names:
        fits |= name
    return fits


def bought_by(customers: list[int]) -> dict[int, Bought]:
    """Sums up the orders of some customers in one query."""
    rows = (
        Order.select(Order.customer, fn.COUNT(Order.id), fn.SUM(Order.total_minor), fn.MAX(Order.at))
        .where(Order.customer.in_(customers) & Order.void_at.is_null())
        .group_by(Order.customer)
        .tuples()
    )
    return {customer: Bought(int(orders), int(total or 0), last) for customer, orders, total, last in rows}


def consents(customer_id: int) -> list[ConsentChange]:
    """Lists the newest word on each purpose, by purpose."""
    newest: dict[str, ConsentChange] = {}
    order = (ConsentChange.at, ConsentChange.recorded_at, ConsentChange.id)
    for change in ConsentChange.select().where(ConsentChange.customer == customer_id).order_by(*order):
        newest[change.purpose] = change
    return [change for _, change in sorted(newest.items())]


def what_about(change: ConsentChange, voice: Voice) -> str:
    """Names what a line of the ledger is about: a purpose, the mails of one rule, or what else somebody wished."""
    rule, (kind, about) = rule_stopped(str(change.purpose)), kind_of(str(change.purpose))
    if rule:
        return voice("customer.of_rule", rule=rule)
    if kind in NOT_YET:
        return voice(f"ledger.{kind.rstrip(':')}", purpose=about)
    key = f"ledger.{about}_{'yes' if change.granted else 'no'}"
    return voice.known(key, str(change.purpose), detail=_detail(change, voice)) if kind else about


def _detail(change: ConsentChange, voice: Voice) -> str:
    """Writes a wish's value: a pause's end as a day, a cap as policy.yaml has it."""
    if change.purpose == PAUSE and change.detail:
        return voice.day(instant(datetime.fromisoformat(str(change.detail))))
    return str(change.detail or "")
