"""Asks one rule, in one zone, which of its anchors fall due: in a stretch of time, or for some customers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from peewee import SQL

from engine import calendar
from engine.matching import comings
from engine.matching import compare as sql
from engine.matching.branches import only_categories_in_use
from engine.matching.conditions import truth
from engine.matching.due import Due, Question, anchor_id, build
from engine.matching.facts import fits, happened_since
from engine.matching.members import changed_membership
from engine.matching.moments import anchors_between, can_fall_due, due_at
from engine.matching.scope import Scope
from engine.matching.sources import AHEAD, Source, source
from engine.rulebook.ast import Every, FactTrigger, Membership, OnDate, Rule
from engine.rulebook.patterns import category_named
from models import Customer


def ask(question: Question) -> list[Due]:
    """Returns what is due, exact to the microsecond, in no particular order."""
    return list(_answers(replace(question, scope=replace(question.scope, customer=Customer.alias()))))


def _answers(question: Question) -> Iterable[Due]:
    trigger = question.rule.trigger
    if isinstance(trigger, Every | OnDate):
        return comings.moments(question, _read)
    if not can_fall_due(question.rule.at, question.after, question.until, question.scope.zone):
        return ()
    if isinstance(trigger, Membership):
        return _stored(question, FactTrigger(changed_membership(trigger)))
    if trigger.pattern.kind == "birthday":
        return comings.birthdays(question, _read)
    if trigger.pattern.kind == "anniversary":
        return comings.anniversaries(question, _read)
    return _stored(question, trigger)


def _stored(question: Question, trigger: FactTrigger) -> Iterator[Due]:
    """Asks for facts that stand in a table, by an interval of their moments."""
    rule, scope = question.rule, question.scope
    low, high = anchors_between(trigger, rule.at, question.after, question.until, scope.zone)
    src = source(trigger.pattern.kind)
    stretch = src.at.between(low, high if src.kind in AHEAD else min(high, scope.now))
    mine = (src.shop == scope.shop_id) & stretch & fits(trigger.pattern, src, scope, bounded=True)
    if src.kind == "signed_up":
        mine &= src.table.zone == scope.zone  # the index of sign-ups is by zone
    if question.customers is None:
        mine = sql.every([mine, only_categories_in_use(trigger.pattern, src, scope)])
    for row in _since_what_it_follows(question, trigger, src, mine):
        due = due_at(trigger, rule.at, row[2], scope.zone)
        if question.after < due <= question.until:
            yield build(question, row, src.kind, anchor_id(src.kind, row), row[2], due)


def _since_what_it_follows(
    question: Question, trigger: FactTrigger, src: Source, mine: Any
) -> Iterator[tuple[Any, ...]]:
    """Lets `unless` look back to the anchor; before it, to the fact that it follows from, else to a year earlier."""
    if not trigger.before or src.came_from is not None or not question.rule.unless:
        yield from _read(question, src, mine, src.came_from if trigger.before and src.came_from else src.at)
        return
    # A year earlier is nothing that a database can work out: each anchor is asked again with its own.
    for row in _read(replace(question, rule=replace(question.rule, unless=())), src, mine, src.at):
        again, since = source(src.kind), calendar.shift(row[2], -1, "years", question.scope.zone)
        yield from _read(question, again, again.table.id == row[0], since)


def _read(question: Question, src: Source, mine: Any, since: Any) -> Iterator[tuple[Any, ...]]:
    """Runs the question over one source: the rows that fit, the customer's zone, `unless` and `who`."""
    scope = question.scope
    customer = scope.customer
    conditions = asked(question.rule, src, scope, since)
    columns = [src.table.id, src.customer, src.at, src.recorded_at, *_tied(src)]
    columns.append(sql.TRUE if question.filtered else conditions)
    columns += question.extra(scope, src, since) if question.extra else []
    query = src.table.select(*columns)
    if src.table is not customer:
        query = query.join(customer, on=(customer.id == src.customer))
    alive = (customer.zone == scope.zone) & customer.erased_at.is_null()
    among = customer.id.in_(list(question.customers)) if question.customers is not None else None
    where = sql.every([mine, among, alive, conditions if question.filtered else None])
    query = query.where(where)
    if question.extra:
        return iter(query.tuples())
    # Numbers and texts need no converting, which would cost as much as finding them.
    rows: Iterable[tuple[Any, ...]] = Customer._meta.database.execute(query).fetchall()
    return iter(rows)


def asked(rule: Rule, src: Source, scope: Scope, since: Any) -> Any:
    """Joins `unless` and `who` of a rule to one truth about an anchor."""
    not_since = [~happened_since(pattern, src, scope, since, named_category(rule)) for pattern in rule.unless]
    return sql.every([*not_since, truth(rule.who, scope) if rule.who is not None else None])


def named_category(rule: Rule) -> Any:
    """Returns the category that `when` names, which `same: category` means first."""
    if not isinstance(rule.trigger, FactTrigger) or category_named(rule.trigger.pattern) is None:
        return None
    return rule.trigger.pattern.filter("category")


NULL = SQL("NULL")


def _tied(src: Source) -> list[Any]:
    return [
        column if column is not None else NULL for column in (src.order, src.product, src.category, src.brand)
    ]
