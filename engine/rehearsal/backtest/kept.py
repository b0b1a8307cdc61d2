"""What a backtest cannot know, because no history of it was kept: said plainly, before anybody trusts a number."""

from __future__ import annotations

from datetime import date

from peewee import fn

from engine import calendar
from engine.errors import UsageError
from engine.rehearsal.backtest.play import Plan
from models import ConsentChange, Customer, CustomerVersion, Event, Message, Order


def first_fact(shop_id: int) -> int | None:
    """Returns when the first thing that is known of a shop happened."""
    found = [table.select(fn.MIN(table.at)).where(table.shop == shop_id).scalar() for table in (Order, Event)]
    signed_up = Customer.select(fn.MIN(Customer.signed_up_at)).where(Customer.shop == shop_id).scalar()
    return min((at for at in (*found, signed_up) if at is not None), default=None)


def demand_facts(plan: Plan) -> None:
    """Raises UsageError where nothing is known of the tested days, because the first fact came after them."""
    first = first_fact(plan.shop_id)
    if first is None:
        raise UsageError(
            f"nothing is known of {plan.shop.shop} yet", remedy="bring its history in: server.py import FILE"
        )
    if first > plan.until:
        day = _day(first, plan)
        raise UsageError(
            f"nothing is known of {plan.shop.shop} before {day}", remedy=f"test days from {day} on"
        )


def notes(plan: Plan) -> list[str]:
    """Lists, as sentences, what the outcome rests on and what it leaves out."""
    found = [_versions(plan), _consents(plan), *_first_days(plan), *_erased(plan), _mails(plan)]
    return [
        *found,
        "orders are asked as they were last reported; products, templates and addresses as they are today",
        "what was really sent on these days counts for nothing here; clicks and answers are those to real mails",
    ]


def _versions(plan: Plan) -> str:
    v = CustomerVersion
    mine = v.select(fn.MIN(v.recorded_at)).join(Customer).where(Customer.shop == plan.shop_id)
    first = mine.where(v.until_at > plan.start).scalar()
    if first is None:
        return "no former fields of customers are kept: city, tags and the like are asked as they are today"
    return "customers' fields are asked as they stood; whoever has no former version kept is asked as today"


def _consents(plan: Plan) -> str:
    first = ConsentChange.select(fn.MIN(ConsentChange.at)).where(ConsentChange.shop == plan.shop_id).scalar()
    if first is None:
        return "no consent is known: only transactional mails could have gone"
    if first > plan.start:
        return f"no consent is known from before {_day(first, plan)}: until then only transactional mails could have gone"
    return "consents are asked of the ledger as of each moment"


def _first_days(plan: Plan) -> list[str]:
    first = Order.select(fn.MIN(Order.at)).where(Order.shop == plan.shop_id).scalar()
    if first is None or first <= plan.start:
        return []
    return [f"the first order that is known is of {_day(first, plan)}: before it rules had little to ask"]


def _erased(plan: Plan) -> list[str]:
    gone = (
        Customer.select().where((Customer.shop == plan.shop_id) & Customer.erased_at.is_null(False)).count()
    )
    return [f"{gone} customers were erased since and are left out"] if gone else []


def _mails(plan: Plan) -> str:
    m = Message
    before = m.select().where((m.shop == plan.shop_id) & (m.decided_at < plan.start)).count()
    if not before:
        return "at the start nobody has had a mail and nothing waits"
    return f"the {before} mails decided before the first day count against caps and `once`; nothing waits at the start"


def _day(at: int, plan: Plan) -> date:
    return calendar.local(at, plan.shop.timezone).date()
