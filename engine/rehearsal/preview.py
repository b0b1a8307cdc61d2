"""Whom a rule would concern from now on, as things stand: today, in 7 and in 30 days, and what an edit changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine import calendar
from engine.clock import DAY
from engine.errors import UsageError
from engine.matching.ask import ask
from engine.matching.audience import audience
from engine.matching.due import Due, Question
from engine.matching.moments import occurrences
from engine.matching.view import View
from engine.outbox.draft import Draft
from engine.outbox.record import draft_of
from engine.rulebook.ast import Every, Membership, OnDate, Rule
from models import Customer

SPANS = (1, 7, 30)  # days
MOST_FIRST = 20  # of the whole base: those whose mails can be looked at


@dataclass(frozen=True, slots=True)
class Call:
    """One moment of `every` or `date` in one zone, and the customers whom the rule would write to then."""

    at: int
    customers: frozenset[int]


@dataclass(frozen=True, slots=True)
class Preview:
    """What falls due if nobody does anything, by due moment; the policy is not asked.

    `dues` are all anchors of a rule that has some. Of a rule by the calendar, which asks the whole base, they are those
    of the first few customers, and `calls` has everybody.
    """

    rule: Rule
    now: int
    dues: tuple[Due, ...]
    calls: tuple[Call, ...] = ()

    def anchors(self, days: int) -> int:
        """Counts the anchors that fall due in the next so many days."""
        until = self.now + days * DAY
        if self.calls:
            return sum(len(call.customers) for call in self.calls if call.at <= until)
        return sum(due.due_at <= until for due in self.dues)

    def customers(self, days: int) -> set[int]:
        """Names whom the rule concerns in the next so many days."""
        until = self.now + days * DAY
        if self.calls:
            return set().union(*{call.customers for call in self.calls if call.at <= until})
        return {due.customer_id for due in self.dues if due.due_at <= until}


def preview(view: View, rule: Rule, days: int = SPANS[-1], customers: Sequence[int] | None = None) -> Preview:
    """Asks a rule about the coming days with the facts of now, of everybody or of some customers by key.

    Raises UsageError where nobody can know.
    """
    if isinstance(rule.trigger, Membership):
        raise UsageError(
            f"{rule.id} starts when a segment changes, which nobody can foresee",
            remedy="test it instead: server.py test",
        )
    until = view.now + days * DAY
    if isinstance(rule.trigger, Every | OnDate) and customers is None:
        return _by_calendar(view, rule, until)
    dues: list[Due] = []
    for zone in view.zones():
        dues += ask(Question(rule, view.scope(zone), view.now, until, customers))
    return Preview(rule, view.now, _sorted(dues))


def _by_calendar(view: View, rule: Rule, until: int) -> Preview:
    """Asks `who` once a zone: it is asked of the same people with the same facts at each of the coming moments."""
    assert isinstance(rule.trigger, Every | OnDate)
    calls: list[Call] = []
    dues: list[Due] = []
    zones = view.zones()
    for zone in zones:
        moments = occurrences(rule, view.now, until, zone)
        if not moments:
            continue
        scope = view.scope(zone)
        them = frozenset(audience(rule, scope, len(zones)))
        calls += [Call(each.due, them) for each in moments]
        dues += ask(Question(rule, scope, view.now, moments[0].due, sorted(them)[:MOST_FIRST]))
    return Preview(rule, view.now, _sorted(dues), tuple(calls))


def _sorted(dues: Iterable[Due]) -> tuple[Due, ...]:
    return tuple(sorted(dues, key=lambda due: (due.due_at, due.customer_id, due.anchor)))


def compare(before: Preview | None, after: Preview | None, days: int) -> tuple[set[int], set[int]]:
    """Returns whom an edit gains and whom it loses in the next so many days, by customer."""
    was, will = (found.customers(days) if found else set() for found in (before, after))
    return will - was, was - will


def drafts(view: View, found: Preview, most: int = MOST_FIRST, key: bytes = b"") -> list[Draft]:
    """Makes the mails of the first few, as the outbox would get them: anchors of one customer and moment together.

    `key` is the home's, by which each customer's variant is drawn.
    """
    groups: dict[tuple[int, int], list[Due]] = {}
    for due in found.dues:
        groups.setdefault((due.customer_id, due.due_at), []).append(due)
        if len(groups) > most:
            break
    first = list(groups.values())[:most]
    addresses = _addresses(due.customer_id for dues in first for due in dues)
    return [
        draft_of(view.shop_id, dues, addresses.get(dues[0].customer_id), None, dues[0].due_at, key)
        for dues in first
    ]


def _addresses(customers: Iterable[int]) -> dict[int, int | None]:
    rows = Customer.select(Customer.id, Customer.address).where(Customer.id.in_(sorted(set(customers))))
    return dict(rows.tuples())


def local_day(due: Due) -> str:
    """Writes the minute in which something falls due, on the customer's own calendar."""
    return f"{calendar.local(due.due_at, due.zone):%Y-%m-%d %H:%M}"
