"""Everything that is known of one customer in time: facts, mails and decisions, the newest first."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from models import ConsentChange, Decision, Event, Line, Message, Order, Refund, Visit

PAGE = 40


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry: `kind` is order, refund, event, consent, message, decision or visit; `row` is what the store knows of it."""

    at: int
    kind: str
    row: Any
    lines: tuple[Any, ...] = ()


def timeline(customer_id: int, page: int = 0) -> tuple[list[Moment], bool]:
    """Returns one page of a customer's timeline, and whether there is more below.

    Each kind is read as far as the page can reach and no further, so that the cost does not grow with other customers.
    """
    reach = (page + 1) * PAGE + 1
    moments = [
        moment
        for read in (_orders, _refunds, _events, _consents, _messages, _decisions, _visits)
        for moment in read(customer_id, reach)
    ]
    moments.sort(key=lambda moment: (moment.at, RANK[moment.kind]), reverse=True)
    shown = moments[page * PAGE : (page + 1) * PAGE]
    return _with_lines(shown), len(moments) > (page + 1) * PAGE


RANK = {"visit": -1, "order": 0, "refund": 1, "event": 2, "consent": 3, "decision": 4, "message": 5}


def _newest(table: Any, moment: Any, condition: Any, reach: int) -> Any:
    return table.select().where(condition).order_by(moment.desc(), table.id.desc()).limit(reach)


def _orders(customer: int, reach: int) -> list[Moment]:
    return [
        Moment(row.at, "order", row) for row in _newest(Order, Order.at, Order.customer == customer, reach)
    ]


def _refunds(customer: int, reach: int) -> list[Moment]:
    return [
        Moment(row.at, "refund", row)
        for row in _newest(Refund, Refund.at, Refund.customer == customer, reach)
    ]


def _events(customer: int, reach: int) -> list[Moment]:
    return [
        Moment(row.at, "event", row) for row in _newest(Event, Event.at, Event.customer == customer, reach)
    ]


def _consents(customer: int, reach: int) -> list[Moment]:
    mine = ConsentChange.customer == customer
    return [Moment(row.at, "consent", row) for row in _newest(ConsentChange, ConsentChange.at, mine, reach)]


def _messages(customer: int, reach: int) -> list[Moment]:
    mine = Message.customer == customer
    rows = _newest(Message, Message.decided_at, mine, reach)
    return [Moment(row.settled_at or row.decided_at, "message", row) for row in rows]


def _decisions(customer: int, reach: int) -> list[Moment]:
    """Reads what was held, refused or expired; what was sent is told by its mail."""
    mine = (Decision.customer == customer) & ((Decision.outcome != "send") | Decision.message.is_null())
    return [Moment(row.at, "decision", row) for row in _newest(Decision, Decision.at, mine, reach)]


def _visits(customer: int, reach: int) -> list[Moment]:
    return [
        Moment(row.at, "visit", row) for row in _newest(Visit, Visit.at, Visit.customer == customer, reach)
    ]


def _with_lines(moments: list[Moment]) -> list[Moment]:
    """Gives the orders of a page their lines, in one query."""
    orders = [moment.row.id for moment in moments if moment.kind == "order"]
    lines: dict[int, list[Line]] = defaultdict(list)
    for line in Line.select().where(Line.order.in_(orders)).order_by(Line.id) if orders else ():
        lines[line.order_id].append(line)
    return [
        Moment(m.at, m.kind, m.row, tuple(lines[m.row.id])) if m.kind == "order" else m for m in moments
    ]  # fmt: skip
