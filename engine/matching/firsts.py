"""Which order of a customer one is: the first that counts, or the how-manieth."""

from __future__ import annotations

from typing import Any

from peewee import fn

from engine.matching.scope import Scope
from engine.matching.sources import Source, source


def number_of(src: Source, scope: Scope) -> Any:
    """Counts which order of the customer this is, cancelled or not: 1 where none that counts was before it."""
    other, earlier = _earlier(src, scope)
    return fn.COALESCE(other.table.select(fn.COUNT(other.table.id)).where(earlier), 0) + 1


def is_first(src: Source, scope: Scope) -> Any:
    """Says that an order that counts is the customer's first that does: there is none before it."""
    other, earlier = _earlier(src, scope)
    return ~fn.EXISTS(other.table.select(other.table.id).where(earlier))


def _earlier(src: Source, scope: Scope) -> tuple[Source, Any]:
    """Finds the orders before one; its moment is bounded by itself, which an index can use."""
    other = source("ordered")
    before = (other.at < src.table.at) | (other.table.id < src.table.id)
    mine = (other.customer == src.customer) & (other.at <= src.table.at) & before
    return other, mine & (other.recorded_at <= scope.known) & other.counts(scope.known)
