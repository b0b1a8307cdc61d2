"""A condition taken apart: every part of it a column, compiled by matching's own words, and the tree read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any

from peewee import Node

from engine.matching import compare as sql
from engine.matching.conditions import truth
from engine.matching.scope import Scope
from engine.matching.values import value_of
from engine.prepared import Kept, Slot
from engine.rehearsal.explaining.model import Asked, Said
from engine.rulebook.ast import All, Any_, Condition, FieldIs, HasConsent, InSegment, Not, Rulebook
from models import Customer

KEPT = Kept()


def parts_of(condition: Condition, book: Rulebook) -> tuple[Condition, ...]:
    """Returns what a condition is made of: the parts of all, any and not, and what a segment stands for."""
    if isinstance(condition, All | Any_):
        return condition.parts
    if isinstance(condition, Not):
        return (condition.part,)
    return (book.segments[condition.segment].condition,) if isinstance(condition, InSegment) else ()


def nodes(condition: Condition | None, book: Rulebook) -> Iterator[Condition]:
    """Yields a condition and all that it is made of, from the top."""
    if condition is not None:
        yield condition
        for part in parts_of(condition, book):
            yield from nodes(part, book)


def ask_customer(condition: Condition, customer: Any, scope: Scope) -> Asked:
    """Asks a condition of one customer as of `scope.now`: every part with its truth, every leaf with its value."""
    answers = iter(_answers(condition, int(customer.id), scope))
    return _tree(condition, answers, scope)


def _answers(condition: Condition, customer: int, scope: Scope) -> Sequence[Any]:
    """Runs the condition's statement, which is compiled once for all customers and moments."""
    owners = (condition, scope.rulebook.segments, scope.config, scope.shop)
    key = (*map(id, owners), scope.shop_id, scope.zone)
    found = KEPT.get(key, lambda: _query(condition, scope.for_any_moment(), Slot(itemgetter(1))), owners)
    if found is not None:
        return found.run((scope, customer))[0]
    plain: Sequence[Any] = _query(condition, scope, customer).tuples().get()
    return plain


def _query(condition: Condition, scope: Scope, customer: Any) -> Any:
    about = replace(scope, customer=Customer)
    return Customer.select(*_columns(condition, about)).where(Customer.id == customer)


def _columns(condition: Condition, scope: Scope) -> Iterator[Node]:
    """Selects the truth of every part, and the value that a leaf looks at."""
    for node in nodes(condition, scope.rulebook):
        yield truth(node, scope)
        yield sql.UNKNOWN if parts_of(node, scope.rulebook) else value_of(node, scope)


def _tree(condition: Condition, answers: Iterator[Any], scope: Scope) -> Asked:
    holds, value = as_truth(next(answers)), next(answers)
    parts = tuple(_tree(part, answers, scope) for part in parts_of(condition, scope.rulebook))
    if isinstance(condition, FieldIs) and value == "":
        value = None
    return Asked(condition, holds, None if parts else value, parts=parts, at=scope.now)


def as_truth(answer: Any) -> bool | None:
    """Reads a truth of either database; NULL is unknown."""
    return None if answer is None else bool(answer)


def flat(asked: Asked | None) -> Iterator[Asked]:
    """Yields an answered condition and its parts, from the top, as `nodes` does."""
    if asked is not None:
        yield asked
        for part in asked.parts:
            yield from flat(part)


def with_said(asked: Asked, consents: Mapping[str, Said]) -> Asked:
    """Adds to each consent that is asked when and where the customer gave or withdrew it."""
    said = consents.get(asked.what.purpose) if isinstance(asked.what, HasConsent) else None
    return replace(asked, said=said, parts=tuple(with_said(part, consents) for part in asked.parts))
