"""Joins what came apart: facts that named a customer too early, and guests who turn out to be somebody."""

from __future__ import annotations

from typing import Any

from peewee import fn

from engine import bulk
from engine.intake.accepting import REDATES, Intake
from engine.intake.person import Person
from engine.intake.reading import mailbox
from engine.intake.visits.giving import join_visitors
from models import (
    Click,
    ConsentChange,
    Coupon,
    Customer,
    CustomerVersion,
    Decision,
    Event,
    Feedback,
    GoalLook,
    Hold,
    Line,
    Link,
    Message,
    Notice,
    Order,
    Refund,
    Settlement,
    Visit,
    Visitor,
)  # fmt: skip
from models.base import Table


def waiting_key(external_id: str | None, email: str | None) -> str:
    """Returns how a customer who is not known yet is written beside a fact: id:… or email:…."""
    return f"id:{external_id}" if external_id is not None else f"email:{mailbox(email or '')}"


def join_waiting(intake: Intake, people: list[Person]) -> None:
    """Gives the people the events and consents that named them before they were known."""
    keys: dict[str, int] = {}
    for person in people:
        if person.email:
            keys.setdefault(waiting_key(None, person.email), person.id)
        if person.external_id is not None:
            keys[waiting_key(person.external_id, None)] = person.id
    for table in (Event, ConsentChange):
        _join(intake, table, keys)
    join_visitors(intake, keys, "identify")


def _join(intake: Intake, table: type[Table], keys: dict[str, int]) -> None:
    columns = ("id", "external_customer", "at", "customer_id")
    rows = bulk.fetch(intake.store, table, columns, "external_customer", keys, intake.shop_id)
    waiting = [row for row in rows if row[3] is None]
    bulk.update(intake.store, table, ("customer_id",), [(keys[row[1]], row[0]) for row in waiting])
    intake.changes.update((keys[row[1]], row[2]) for row in waiting)


OWNED: tuple[Any, ...] = (
    Order, Line, Refund, Event, ConsentChange, Decision, Message, Feedback, CustomerVersion, Visit, Visitor,
    Click, Link, Coupon, Notice, GoalLook,
)  # fmt: skip
ONCE_EACH: tuple[Any, ...] = (Settlement, Hold)  # unique by customer, rule and anchor


def merge(intake: Intake, guest: int, customer: int) -> None:
    """Gives the customer everything that was the guest's, decisions and messages included; the guest goes."""
    moved = {
        table: table.update(customer=customer).where(table.customer == guest).execute() for table in OWNED
    }
    for table in ONCE_EACH:
        other = table.alias()
        taken = other.select(other.id).where(
            (other.customer == customer) & (other.rule == table.rule) & (other.anchor == table.anchor)
        )
        free = table.select(table.id).where((table.customer == guest) & ~fn.EXISTS(taken)).tuples()
        table.update(customer=customer).where(table.id.in_([row[0] for row in free])).execute()
    Customer.delete().where(Customer.id == guest).execute()
    if moved[ConsentChange]:
        intake.joined.append((guest, customer))
    intake.moved.add(customer)
    intake.changes = {(customer if who == guest else who, at) for who, at in intake.changes} | {
        (customer, REDATES)
    }
