"""Asks one rule, in one zone, which of its anchors fall due: in a stretch of time, or for some customers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import replace
from typing import Any, cast

from peewee import SQL, Cast, Node

from engine import calendar
from engine.matching import comings
from engine.matching import compare as sql
from engine.matching.branches import categories_in_use
from engine.matching.came_round import looks_for_coming, unless_it_came_round
from engine.matching.conditions import truth
from engine.matching.due import Due, Question, anchor_id, build
from engine.matching.facts import fits, happened_since
from engine.matching.members import changed_membership
from engine.matching.moments import anchors_between, can_fall_due, due_at
from engine.matching.scope import Scope
from engine.matching.sources import AHEAD, PREDICTED, Source, source
from engine.matching.view import CHUNK
from engine.prepared import Kept, Statement, filled_up, given
from engine.rulebook.ast import Every, FactTrigger, Membership, OnDate, Rule
from engine.rulebook.patterns import category_named
from models import Customer

Values = tuple[Any, ...]
Wording = tuple[Source, Any, Any]  # a source, which of its rows, since when `unless` looks
Words = Callable[[Question, Values], Wording]


def ask(question: Question) -> list[Due]:
    """Returns what is due, exact to the microsecond, in no particular order."""
    return list(_answers(question))


def _answers(question: Question) -> Iterable[Due]:
    trigger = question.rule.trigger
    if isinstance(trigger, Every | OnDate):
        return comings.moments(question, read)
    if not can_fall_due(question.rule.at, question.after, question.until, question.scope.zone):
        return ()
    if isinstance(trigger, Membership):
        return _stored(question, FactTrigger(changed_membership(trigger)))
    if trigger.pattern.kind == "birthday":
        return comings.birthdays(question, read)
    if trigger.pattern.kind == "anniversary":
        return comings.anniversaries(question, read)
    return _stored(question, trigger)


def _stored(question: Question, trigger: FactTrigger) -> Iterator[Due]:
    """Asks for facts that stand in a table, by an interval of their moments."""
    rule, scope = question.rule, question.scope
    low, high = anchors_between(trigger, rule.at, question.after, question.until, scope.zone)
    kind = trigger.pattern.kind
    stretch = (low, high if kind in AHEAD else min(high, scope.now))
    for row in _since_what_it_follows(question, trigger, stretch):
        due = due_at(trigger, rule.at, row[2], scope.zone)
        if question.after < due <= question.until:
            yield build(question, row, kind, anchor_id(kind, row), row[2], due)


def _since_what_it_follows(
    question: Question, trigger: FactTrigger, stretch: tuple[int, int]
) -> Iterator[tuple[Any, ...]]:
    """Lets `unless` look back to the anchor; before it, to the fact that it follows from, else to a year earlier."""
    pattern, kind = trigger.pattern, trigger.pattern.kind
    used = categories_in_use(pattern, question.scope) if question.customers is None else None

    def words(asked: Question, values: Values) -> Wording:
        src = source(kind)
        mine = src.of_shop(asked.scope.shop_id, asked.customers is not None) & src.at.between(*values)
        mine &= fits(pattern, src, asked.scope, bounded=True)
        if kind == "signed_up":
            mine &= src.table.zone == asked.scope.zone  # the index of sign-ups is by zone
        mine = sql.every([mine, src.category.in_(used) if used is not None and src.category else None])
        return src, mine, src.came_from if trigger.before and src.came_from else src.at

    if not trigger.before or source(kind).came_from is not None or not question.rule.unless:
        yield from read(question, ("stored", kind, used), words, stretch)
        return
    # A year earlier is nothing that a database can work out: each anchor is asked again with its own.
    plain = replace(question, rule=replace(question.rule, unless=()))
    for row in read(plain, ("stored", kind, used), words, stretch):
        since = calendar.shift(row[2], -1, "years", question.scope.zone)
        yield from read(question, ("that", kind), _that(kind), (row[0], since))


def _that(kind: str) -> Words:
    """Asks for one row that is known."""

    def words(asked: Question, values: Values) -> Wording:
        src, (row, since) = source(kind), values
        return src, src.table.id == row, since

    return words


# --- the statement of a question ------------------------------------------------------------------------

KEPT = Kept()


def read(question: Question, name: Hashable, words: Words, values: Values = ()) -> Iterator[tuple[Any, ...]]:
    """Runs a question over one source; its statement is compiled once for all moments and all values.

    `words` says, of the question and of values that may be slots, which source, which of its rows, and since when
    `unless` looks. Whatever else it depends on is part of `name`.
    """
    rows = _rows(question, name, words, values)
    return unless_it_came_round(question, rows) if looks_for_coming(question.rule) else rows


def _rows(question: Question, name: Hashable, words: Words, values: Values) -> Iterator[tuple[Any, ...]]:
    once = bool(question.extra) or len(question.customers or ()) > CHUNK
    found = None if once else _kept(question, name, words, len(values))
    if found is None:
        plain = _of_alias(question)
        return _plainly(plain, *words(plain, values))
    # Numbers and texts need no converting, which would cost as much as finding them.
    return iter(found.run((question.scope, values, filled_up(question.customers or ()))))


def _kept(question: Question, name: Hashable, words: Words, values: int) -> Statement | None:
    rule, scope = question.rule, question.scope
    among = None if question.customers is None else len(filled_up(question.customers))

    def build() -> Node:
        anybody = None if among is None else [cast(int, given(2, at)) for at in range(among)]
        any_time = _of_alias(replace(question, scope=scope.for_any_moment(), customers=anybody))
        return _query(any_time, *words(any_time, tuple(given(1, at) for at in range(values))))

    owners = (rule.trigger, rule.unless, rule.who, scope.rulebook.segments, scope.config, scope.shop)
    key = (name, values, *map(id, owners), scope.shop_id, scope.zone, question.filtered, among)
    return KEPT.get(key, build, owners)


def _of_alias(question: Question) -> Question:
    return replace(question, scope=replace(question.scope, customer=Customer.alias()))


def _plainly(question: Question, src: Source, mine: Any, since: Any) -> Iterator[tuple[Any, ...]]:
    query = _query(question, src, mine, since)
    if question.extra:
        return iter(query.tuples())
    rows: Iterable[tuple[Any, ...]] = Customer._meta.database.execute(query).fetchall()
    return iter(rows)


def _query(question: Question, src: Source, mine: Any, since: Any) -> Any:
    """Asks for the rows of a source that fit, with the customer's zone, `unless` and `who`."""
    scope, customer = question.scope, question.scope.customer
    conditions = asked(question.rule, src, scope, since)
    columns = [src.table.id, src.customer, src.at, src.recorded_at, *_tied(src)]
    columns.append(sql.TRUE if question.filtered else conditions)
    columns += question.extra(scope, src, since) if question.extra else []
    columns += [Cast(since, "bigint")] if looks_for_coming(question.rule) else []
    query = src.table.select(*columns)
    if src.table is not customer:
        query = query.join(customer, on=(customer.id == src.customer))
    alive = (_zone(question) == scope.zone) & customer.erased_at.is_null()
    among = customer.id.in_(list(question.customers)) if question.customers is not None else None
    where = sql.every([mine, among, alive, conditions if question.filtered else None])
    return query.where(where)


def _zone(question: Question) -> Any:
    """Names the customer's zone; where a day of birth is looked up, PostgreSQL would read the index of zones as well."""
    trigger, zone = question.rule.trigger, question.scope.customer.zone
    born = isinstance(trigger, FactTrigger) and trigger.pattern.kind == "birthday"
    return sql.unindexed(zone) if born and question.scope.postgresql else zone


def asked(rule: Rule, src: Source, scope: Scope, since: Any) -> Any:
    """Joins `unless` and `who` of a rule to one truth about an anchor."""
    told = [pattern for pattern in rule.unless if pattern.kind not in PREDICTED]
    not_since = [~happened_since(pattern, src, scope, since, named_category(rule)) for pattern in told]
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
