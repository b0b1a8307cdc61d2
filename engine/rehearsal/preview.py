"""Whom a rule would concern from now on, as things stand: today, in 7 and in 30 days, and what an edit changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine import calendar
from engine.clock import DAY
from engine.errors import UsageError
from engine.matching.ask import ask
from engine.matching.due import Due, Question
from engine.matching.view import View
from engine.outbox.draft import Draft
from engine.outbox.record import draft_of
from engine.rulebook.ast import Membership, Rule
from models import Customer

SPANS = (1, 7, 30)  # days


@dataclass(frozen=True, slots=True)
class Preview:
    """What falls due within 30 days if nobody does anything, by due moment; the policy is not asked."""

    rule: Rule
    now: int
    dues: tuple[Due, ...]

    def within(self, days: int) -> list[Due]:
        """Lists what falls due in the next so many days."""
        return [due for due in self.dues if due.due_at <= self.now + days * DAY]

    def customers(self) -> set[int]:
        """Names whom it concerns."""
        return {due.customer_id for due in self.dues}


def preview(view: View, rule: Rule) -> Preview:
    """Asks a rule about the coming 30 days with the facts of now; raises UsageError where nobody can know."""
    if isinstance(rule.trigger, Membership):
        raise UsageError(
            f"{rule.id} starts when a segment changes, which nobody can foresee",
            remedy="test it instead: server.py test",
        )
    dues: list[Due] = []
    for zone in view.zones():
        dues += ask(Question(rule, view.scope(zone), view.now, view.now + SPANS[-1] * DAY))
    return Preview(
        rule, view.now, tuple(sorted(dues, key=lambda due: (due.due_at, due.customer_id, due.anchor)))
    )


def compare(before: Preview | None, after: Preview) -> tuple[set[int], set[int]]:
    """Returns whom an edit gains and whom it loses, by customer."""
    was = before.customers() if before else set()
    return after.customers() - was, was - after.customers()


def drafts(view: View, found: Preview, most: int = 20) -> list[Draft]:
    """Makes the mails of the first few, as the outbox would get them: anchors of one customer and moment together."""
    groups: dict[tuple[int, int], list[Due]] = {}
    for due in found.dues:
        groups.setdefault((due.customer_id, due.due_at), []).append(due)
    first = list(groups.values())[:most]
    addresses = _addresses(due.customer_id for dues in first for due in dues)
    return [
        draft_of(view.shop_id, dues, addresses.get(dues[0].customer_id), None, dues[0].due_at)
        for dues in first
    ]


def _addresses(customers: Iterable[int]) -> dict[int, int | None]:
    rows = Customer.select(Customer.id, Customer.address).where(Customer.id.in_(sorted(set(customers))))
    return dict(rows.tuples())


def local_day(due: Due) -> str:
    """Writes the day on which something falls due, on the customer's own calendar."""
    return f"{calendar.local(due.due_at, due.zone):%Y-%m-%d %H:%M}"
