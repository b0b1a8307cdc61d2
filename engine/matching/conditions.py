"""`who` as SQL: each leaf a truth that may be true, false or unknown, about the customer of the scope."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from peewee import Cast, fn

from engine import calendar
from engine.consent import consent_expression
from engine.consent.objection import objects_expression
from engine.errors import RulebookError
from engine.matching import compare as sql
from engine.matching import facts
from engine.matching.predicted import predicted_within
from engine.matching.scope import Scope
from engine.matching.sources import PREDICTED, source
from engine.rulebook.ast import (
    All,
    Any_,
    Between,
    Compare,
    Condition,
    Duration,
    FactPattern,
    FieldIs,
    HasConsent,
    HasFact,
    InSegment,
    Measure,
    Not,
    OneOf,
    Test,
    Unknown,
)
from engine.rulebook.vocabulary import NOT_YET_KNOWN
from models import Event, Refund

PLAIN_FIELDS = ("gender", "city", "region", "country")


def truth(condition: Condition | None, scope: Scope) -> Any:
    """Compiles a condition to one SQL truth about `scope.customer`."""
    if condition is None:
        return sql.TRUE
    if isinstance(condition, All):
        return sql.every([truth(part, scope) for part in condition.parts])
    if isinstance(condition, Any_):
        return sql.some([truth(part, scope) for part in condition.parts])
    if isinstance(condition, Not):
        return ~truth(condition.part, scope)
    return leaf(condition, scope)


def leaf(condition: Condition, scope: Scope) -> Any:
    """Compiles one leaf."""
    if isinstance(condition, FieldIs):
        return field(condition, scope)
    if isinstance(condition, HasConsent):
        return consent_expression(scope.customer.id, condition.purpose, scope.now, scope.known)
    if isinstance(condition, InSegment):
        member = truth(scope.rulebook.segments[condition.segment].condition, scope)
        return ~objects_expression(scope.customer.id, scope.now, scope.known) & member
    if isinstance(condition, Measure):
        return measure(condition, scope)
    if isinstance(condition, HasFact):
        return has_fact(condition, scope)
    raise RulebookError("`due` may only be asked in a house rule", place=condition.place)  # type: ignore[union-attr]


# --- fields -------------------------------------------------------------------------------------------


def field(condition: FieldIs, scope: Scope) -> Any:
    """Compares a field of the customer; what nobody knows is unknown."""
    name, test, customer = condition.field, condition.test, scope.customer
    if name in NOT_YET_KNOWN:
        return sql.TRUE if isinstance(test, Unknown) else sql.UNKNOWN
    if name in PLAIN_FIELDS:
        return sql.compare(getattr(customer, name), test, str)
    if name == "language":
        return sql.compare(fn.COALESCE(customer.language, scope.shop.language), test, str)
    if name == "tags":
        return sql.listed(customer.tags, test, scope)
    if name == "age":
        return sql.compare(age(scope), test, int)
    if name == "signed_up":
        return _signed_up(test, scope)
    return sql.property_(customer.attributes, name.removeprefix("attributes."), test, scope)


def age(scope: Scope) -> Any:
    """Counts whole years since the birthday, in the customer's zone; unknown without one."""
    year, day = scope.worked_out(lambda s: _today(s).year), scope.worked_out(_birth_day)
    born = Cast(fn.SUBSTR(scope.customer.birthday, 1, 4), "integer")
    return year - born - Cast(scope.customer.birth_day > day, "integer")


def _today(scope: Scope) -> date:
    return calendar.local(scope.now, scope.zone).date()


def _birth_day(scope: Scope) -> int:
    """Returns the last birth day (month * 100 + day) that has had its birthday by today."""
    today = _today(scope)
    day = today.month * 100 + today.day
    if day == 228 and (today + timedelta(days=1)).month == 3:
        return 229  # who was born on 29 February has the birthday on the 28th in other years
    return day


def _signed_up(test: Test, scope: Scope) -> Any:
    """Compares the day of signing up, as days of the customer's zone."""
    column = scope.customer.signed_up_at
    if isinstance(test, Between):
        return (column >= _midnight(test.low, scope)) & (column < _midnight(test.high, scope, 1))
    if not isinstance(test, Compare):
        return sql.compare(column, test, lambda day: _midnight(day, scope))
    start, end = _midnight(test.value, scope), _midnight(test.value, scope, 1)
    inside = (column >= start) & (column < end)
    return {
        "=": inside, "!=": ~inside, "<": column < start, "<=": column < end, ">": column >= end, ">=": column >= start,
    }[test.operator]  # fmt: skip


def _midnight(day: Any, scope: Scope, later: int = 0) -> int:
    return calendar.at_clock_time(date.fromisoformat(str(day)) + timedelta(days=later), 0, scope.zone)


# --- counts and sums ----------------------------------------------------------------------------------


def measure(condition: Measure, scope: Scope) -> Any:
    """Compares a count, sum or average; the age of the last order is compared by its moment, not by its days."""
    if condition.name == "days_since_order":
        return _days_since(last_order_at(scope), condition.test, scope)
    since = scope.back(condition.within) if condition.within else None
    if condition.name == "orders":
        return sql.compare(facts.count(FactPattern("ordered"), scope, since), condition.test, int)
    if condition.name == "open_complaints":
        return sql.compare(open_complaints(scope), condition.test, int)
    column = spent(scope, since) if condition.name == "spent" else average_order(scope, since)
    return sql.money(column, condition.test, scope)


def _orders(scope: Scope, since: int | None) -> tuple[Any, Any]:
    src = source("ordered")
    window = src.at > since if since is not None else None
    mine = sql.every(
        [src.customer == scope.customer.id, window, facts.fits(FactPattern("ordered"), src, scope)]
    )
    return src, mine


def _paid(order: Any, scope: Scope) -> Any:
    """An order's total less what was given back of it."""
    refund = Refund.alias()
    known = (refund.order == order.id) & (refund.at <= scope.known) & (refund.recorded_at <= scope.known)
    back = refund.select(fn.SUM(refund.amount_minor)).where(known)
    return order.total_minor - fn.COALESCE(back, 0)


def spent(scope: Scope, since: int | None) -> Any:
    """Sums what orders came to, less refunds, in minor units of the shop's currency; 0 without orders."""
    src, mine = _orders(scope, since)
    return fn.COALESCE(src.table.select(fn.SUM(_paid(src.table, scope))).where(mine), 0)


def average_order(scope: Scope, since: int | None) -> Any:
    """Divides what was spent by the number of orders; unknown without one."""
    src, mine = _orders(scope, since)
    return src.table.select(
        fn.SUM(_paid(src.table, scope)) * 1.0 / fn.NULLIF(fn.COUNT(src.table.id), 0)
    ).where(mine)


def last_order_at(scope: Scope) -> Any:
    """Finds the latest order that counts; unknown without one."""
    src, mine = _orders(scope, None)
    return src.table.select(fn.MAX(src.at)).where(mine)


def _days_since(last: Any, test: Test, scope: Scope) -> Any:
    """Compares whole calendar days at the same clock time: N days have passed if last <= now minus N days."""

    def passed(days: Any) -> Any:
        return last <= scope.back(Duration(int(days), "days"))

    if isinstance(test, Compare):
        days = int(str(test.value))
        return {
            ">=": passed(days), ">": passed(days + 1), "<": ~passed(days), "<=": ~passed(days + 1),
            "=": passed(days) & ~passed(days + 1), "!=": ~(passed(days) & ~passed(days + 1)),
        }[test.operator]  # fmt: skip
    if isinstance(test, Between):
        return passed(test.low) & ~passed(int(str(test.high)) + 1)
    if isinstance(test, OneOf):
        return sql.some([passed(value) & ~passed(int(str(value)) + 1) for value in test.values])
    return sql.unknown(last)


def open_complaints(scope: Scope) -> Any:
    """Counts complaints that nobody has closed by now."""
    opened, closed = source("complained"), Event.alias()
    shut = (
        (closed.customer == opened.customer) & (closed.kind == "complaint_closed")
        & (closed.complaint == opened.table.external_id) & (closed.at <= scope.now) & (closed.recorded_at <= scope.known)
    )  # fmt: skip
    still = ~fn.EXISTS(closed.select(closed.id).where(shut))
    mine = (
        (opened.customer == scope.customer.id) & facts.fits(FactPattern("complained"), opened, scope) & still
    )
    return fn.COALESCE(opened.table.select(fn.COUNT(opened.table.id)).where(mine), 0)


def has_fact(condition: HasFact, scope: Scope) -> Any:
    """Counts facts within the window; `at least one` needs no counting."""
    pattern, since = condition.pattern, scope.back(condition.within) if condition.within else None
    if pattern.kind in PREDICTED:
        return predicted_within(condition, scope)
    if condition.times == Compare(">=", 1):
        return facts.exists(pattern, scope, since)
    return sql.compare(facts.count(pattern, scope, since), condition.times, int)
