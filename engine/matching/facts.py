"""Fact patterns as SQL: which rows of a source fit, and how many of a customer's do."""

from __future__ import annotations

from typing import Any

from peewee import fn

from engine.consent.objection import objects_expression
from engine.matching import compare as sql
from engine.matching.firsts import is_first, number_of
from engine.matching.scope import Scope
from engine.matching.sources import PREDICTED, Source, source
from engine.rulebook.ast import Compare, FactPattern, Test
from models import RefundLine

FORETOLD = "runs_out"
ANY_ORDER = FactPattern("ordered")
IN_PROPERTIES = ("words", "rating", "survey", "score", "points", "tier", "percent")


def fits(pattern: FactPattern, src: Source, scope: Scope, bounded: bool = False) -> Any:
    """Says that a row of the source is such a fact, known by now and not taken back.

    `bounded` says that the caller bounds its moment: said twice, it would lead SQLite to a worse index.
    """
    happened = None if bounded else src.at <= scope.now
    parts = [src.recorded_at <= scope.known, happened, src.condition, src.counts(scope.known)]
    if src.kind == FORETOLD:  # not of somebody who objects to it
        parts.append(~objects_expression(src.customer, scope.now, scope.known))
    parts += [filter_(src, name, test, scope) for name, test in pattern.filters]
    return sql.every(parts)


def filter_(src: Source, name: str, test: Test, scope: Scope) -> Any:
    """Compares one filter of a fact."""
    if src.kind in ("ordered", "delivered", "cancelled"):
        return _order_filter(src, name, test, scope)
    if src.kind == "refunded":
        return _refund_filter(src, name, test, scope)
    if src.kind == "event" and name != "name":
        return sql.property_(src.table.properties, name, test, scope)
    if name in IN_PROPERTIES or (src.kind == "clicked" and name == "rule"):
        return sql.property_(src.table.properties, name, test, scope)
    return _column(src, name, test, scope)


def _column(src: Source, name: str, test: Test, scope: Scope) -> Any:
    if name == "category":
        return sql.branch(sql.unindexed(src.category), test)
    if name in ("price", "amount"):
        return sql.money(getattr(src.table, f"{name}_minor"), test, scope)
    column = getattr(src.table, name)
    return sql.compare(column, test, int if name == "quantity" else str)


def _order_filter(src: Source, name: str, test: Test, scope: Scope) -> Any:
    if name == "total":
        return sql.money(src.table.total_minor, test, scope)
    if name == "number":
        if src.kind == "ordered" and test == Compare("=", 1):
            return is_first(src, scope)
        return sql.compare(number_of(src, scope), test, int)
    return sql.compare(getattr(src.table, name), test, str)


def _refund_filter(src: Source, name: str, test: Test, scope: Scope) -> Any:
    if name == "amount":
        return sql.money(src.table.amount_minor, test, scope)
    line, named = source("bought"), RefundLine.alias()
    listed = named.select(named.product).where(named.refund == src.table.id)
    everything = ~fn.EXISTS(named.select(named.id).where(named.refund == src.table.id))
    same = (line.order == src.table.order) & (line.table.product.in_(listed) | everything)
    return fn.EXISTS(line.table.select(line.table.id).where(same & filter_(line, name, test, scope)))


def count(pattern: FactPattern, scope: Scope, since: int | None) -> Any:
    """Counts the customer's facts that fit, after `since` (left out) and up to now."""
    src = source(pattern.kind)
    return fn.COALESCE(
        src.table.select(fn.COUNT(src.table.id)).where(_of_customer(pattern, src, scope, since)), 0
    )


def exists(pattern: FactPattern, scope: Scope, since: int | None) -> Any:
    """Says that the customer has at least one fact that fits, after `since` (left out) and up to now."""
    src = source(pattern.kind)
    return fn.EXISTS(src.table.select(src.table.id).where(_of_customer(pattern, src, scope, since)))


def _of_customer(pattern: FactPattern, src: Source, scope: Scope, since: int | None) -> Any:
    window = src.at > since if since is not None else None
    return sql.every([src.customer == scope.customer.id, window, fits(pattern, src, scope)])


def happened_since(
    pattern: FactPattern, anchor: Source, scope: Scope, since: Any, same_category: Test | None
) -> Any:
    """Says that `unless` holds: such a fact after `since` up to now, tied to the anchor, not of its own order."""
    if pattern.kind in PREDICTED:
        return sql.UNKNOWN  # no row can tell: see engine/matching/came_round.py
    src = source(pattern.kind)
    ties = [_tie(src, anchor, what, same_category) for what in pattern.same]
    own = _not_own_order(src, anchor)
    found = sql.every(
        [src.customer == scope.customer.id, src.at > since, fits(pattern, src, scope), own, *ties]
    )
    return fn.EXISTS(src.table.select(src.table.id).where(found))


def _not_own_order(src: Source, anchor: Source) -> Any:
    """Leaves out the lines of the anchor's own order: they are not something else that has happened."""
    if src.kind != "bought" or anchor.order is None:
        return None
    return (src.order != anchor.order) | anchor.order.is_null()


def _tie(src: Source, anchor: Source, what: str, same_category: Test | None) -> Any:
    """Ties a fact to the anchor's product, brand, order, or category with its branch."""
    if what == "category":
        if same_category is not None:
            return _category(src, lambda column: sql.branch(column, same_category))
        return _category(src, lambda column: sql.in_branch_of(column, anchor.category))
    if what == "order":
        return src.order == anchor.order
    column, mine = getattr(src, what), getattr(anchor, what)
    if column is not None:
        return column == mine
    return _in_lines(src, lambda line: getattr(line, what) == mine)


def _category(src: Source, test: Any) -> Any:
    return (
        test(src.category) if src.category is not None else _in_lines(src, lambda line: test(line.category))
    )


def _in_lines(src: Source, test: Any) -> Any:
    """Looks at the lines of an order for what the order itself does not have."""
    line = source("bought")
    return fn.EXISTS(line.table.select(line.table.id).where((line.order == src.order) & test(line)))
