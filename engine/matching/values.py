"""What a leaf of `who` looks at: the value behind its truth, as a column for people to read."""

from __future__ import annotations

from typing import Any

from peewee import fn

from engine.matching import compare as sql
from engine.matching import facts
from engine.matching.conditions import (
    age,
    average_order,
    last_order_at,
    open_complaints,
    spent,
)
from engine.matching.scope import Scope
from engine.matching.sources import PREDICTED
from engine.rulebook.ast import Condition, FieldIs, HasFact, Measure
from engine.rulebook.vocabulary import NOT_YET_KNOWN


def value_of(condition: Condition, scope: Scope) -> Any:
    """Returns the column behind a leaf: a field, a count, a sum in minor units, or the moment of the last order."""
    if isinstance(condition, FieldIs):
        return _field(condition.field, scope)
    if isinstance(condition, Measure):
        return _measure(condition, scope)
    if isinstance(condition, HasFact):
        if condition.pattern.kind in PREDICTED:
            return sql.UNKNOWN
        return facts.count(
            condition.pattern, scope, scope.back(condition.within) if condition.within else None
        )
    return sql.UNKNOWN  # consent and membership are yes or no already


def _field(name: str, scope: Scope) -> Any:
    customer = scope.customer
    if name in NOT_YET_KNOWN:
        return sql.UNKNOWN
    if name == "age":
        return age(scope)
    if name == "language":
        return fn.COALESCE(customer.language, scope.shop.language)
    if name.startswith("attributes."):
        return sql.member_text(customer.attributes, name.removeprefix("attributes."), scope)
    return getattr(customer, "signed_up_at" if name == "signed_up" else name)


def _measure(condition: Measure, scope: Scope) -> Any:
    since = scope.back(condition.within) if condition.within else None
    return {
        "orders": lambda: facts.count(facts.ANY_ORDER, scope, since),
        "spent": lambda: spent(scope, since),
        "average_order": lambda: average_order(scope, since),
        "days_since_order": lambda: last_order_at(scope),
        "open_complaints": lambda: open_complaints(scope),
    }[condition.name]()
