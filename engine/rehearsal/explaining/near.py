"""Facts that nearly were anchors: of the kind that a rule waits for, and which of its filters say no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from peewee import SQL

from engine.matching import compare as sql
from engine.matching.facts import filter_
from engine.matching.firsts import number_of
from engine.matching.scope import Scope
from engine.matching.sources import AHEAD, PREDICTED, Source, source
from engine.prepared import Kept, Slot
from engine.rehearsal.explaining.changes import Changes
from engine.rehearsal.explaining.conditions import as_truth
from engine.rehearsal.explaining.model import Asked, Filter
from engine.rehearsal.explaining.naming import Thing
from engine.rulebook.ast import FactPattern, FactTrigger, Rule

MOST, LOOKED_AT = 2, 6
NULL = SQL("NULL")
KEPT = Kept()


@dataclass(frozen=True, slots=True)
class Near:
    """One such fact, its filters answered; `taken_back` where it counts as never having happened."""

    thing: Thing
    filters: tuple[Asked, ...]
    taken_back: bool


def near(rule: Rule, changes: Changes, newer_than: int) -> list[Near]:
    """Lists the customer's latest facts of the rule's kind that do not start it, later than a moment."""
    trigger = rule.trigger
    if not isinstance(trigger, FactTrigger) or trigger.pattern.kind in PREDICTED:
        return []
    pattern, scope = trigger.pattern, changes.scope
    if max(changes.at(pattern.kind), default=newer_than) <= newer_than:
        return []
    found = [_near(pattern, row) for row in _rows(pattern, scope, int(changes.customer.id), newer_than)]
    return [one for one in found if one.taken_back or any(asked.holds is not True for asked in one.filters)][
        :MOST
    ]


def _near(pattern: FactPattern, row: Sequence[Any]) -> Near:
    key, at, order, product, counts, *answers = row
    kind = pattern.kind
    thing = Thing(kind, at, key, key if kind in ("ordered", "delivered", "cancelled") else order, product)
    filters = tuple(
        Asked(Filter(name, test), as_truth(answers[2 * i]), answers[2 * i + 1])
        for i, (name, test) in enumerate(pattern.filters)
    )
    return Near(thing, filters, not as_truth(counts))


def _rows(pattern: FactPattern, scope: Scope, customer: int, newer_than: int) -> list[Any]:
    owners = (pattern, scope.config, scope.shop)
    key = (*map(id, owners), scope.shop_id, scope.zone)
    found = KEPT.get(
        key, lambda: _query(pattern, scope.for_any_moment(), Slot(itemgetter(1)), Slot(itemgetter(2))), owners
    )
    if found is not None:
        return found.run((scope, customer, newer_than))
    return list(_query(pattern, scope, customer, newer_than).tuples())


def _query(pattern: FactPattern, scope: Scope, customer: Any, newer_than: Any) -> Any:
    """Selects the facts with whether they count, and of each filter its truth and what it looks at."""
    src = source(pattern.kind)
    there = (src.customer == customer) & (src.recorded_at <= scope.known) & (src.at > newer_than)
    there &= src.at.is_null(False) if src.kind in AHEAD else src.at <= scope.now
    counts = src.counts(scope.known)
    wanted = [
        src.table.id,
        src.at,
        src.order or NULL,
        src.product or NULL,
        sql.TRUE if counts is None else counts,
    ]
    for name, test in pattern.filters:
        wanted += [filter_(src, name, test, scope), _seen(src, name, scope)]
    where = sql.every([there, src.condition])
    return src.table.select(*wanted).where(where).order_by(src.at.desc()).limit(LOOKED_AT)


def _seen(src: Source, name: str, scope: Scope) -> Any:
    """Selects what a filter looks at."""
    if name == "number":
        return number_of(src, scope)
    if name in ("total", "price", "amount"):
        return getattr(src.table, f"{name}_minor", NULL)
    if name in ("category", "brand", "product") and getattr(src, name) is not None:
        return getattr(src, name)
    column = getattr(src.table, name, None)
    if column is None and hasattr(src.table, "properties"):
        return sql.member_text(src.table.properties, name, scope)
    return NULL if column is None else column
