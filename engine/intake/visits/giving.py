"""Gives a customer the visits of a browser that is theirs: those to come, and those that nobody had yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine import bulk
from engine.consent.objection import objects
from engine.intake.accepting import Intake
from engine.intake.visits.shapes import key_of
from models import Event, Visit, Visitor

FRESH = ("shop_id", "key", "at", "last_at")


def give(intake: Intake, visitor: int, key: str, customer: int, by: str) -> bool:
    """Ties a visitor to a customer; not to one who objects to profiling. What was another's before stays theirs."""
    if objects(customer, intake.now):
        return False
    said = {"customer": customer, "external_customer": None, "tied_at": intake.now, "tied_by": by}
    Visitor.update(said).where(Visitor.id == visitor).execute()
    Visit.update(customer=customer).where((Visit.visitor == visitor) & Visit.customer.is_null()).execute()
    columns = ("id", "at", "customer_id")
    rows = bulk.fetch(intake.store, Event, columns, "external_customer", [key], intake.shop_id)
    waiting = [(number, at) for number, at, whose in rows if whose is None]
    bulk.update(intake.store, Event, ("customer_id",), [(customer, number) for number, _ in waiting])
    intake.changes.update((customer, at) for _, at in waiting)
    return True


def join_visitors(intake: Intake, names: Mapping[str, int], by: str) -> None:
    """Gives the customers the visitors who were said to be they before they were known: id:…, email:…, order:…."""
    if intake.shop.pages is None or not intake.shop.pages.secrets or not names:
        return  # nobody can have been named: an order does not pay for what its shop does not use
    columns = ("id", "key", "external_customer", "customer_id")
    for number, key, name, _ in bulk.fetch(
        intake.store, Visitor, columns, "external_customer", names, intake.shop_id, lock=True
    ):
        give(intake, number, key, names[name], by)


def tie_buyers(intake: Intake, buyers: Iterable[tuple[str | None, int]]) -> None:
    """Ties the visitors whom the shop itself named with their orders; the browser alone knew the number."""
    told = {key_of(visitor): customer for visitor, customer in buyers if visitor}
    if intake.shop.pages is None or not told:
        return
    rows = [(intake.shop_id, key, intake.now, intake.now) for key in sorted(told)]
    bulk.insert(intake.store, Visitor, FRESH, rows, ignore=True)
    for number, key, whose in bulk.fetch(
        intake.store, Visitor, ("id", "key", "customer_id"), "key", told, intake.shop_id, lock=True
    ):
        if whose != told[key]:
            give(intake, number, key, told[key], "order")
