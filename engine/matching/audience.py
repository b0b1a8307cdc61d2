"""Whom a rule by the calendar would write to: `every` and `date` ask the whole base, so only keys are read."""

from __future__ import annotations

from dataclasses import replace

from engine.matching import compare as sql
from engine.matching.ask import asked
from engine.matching.scope import Scope
from engine.matching.sources import Source
from engine.rulebook.ast import Rule
from models import Customer


def audience(rule: Rule, scope: Scope) -> list[int]:
    """Returns the keys of the customers of the scope's zone whom `who` fits as things stand, in no order."""
    scope = replace(scope, customer=Customer.alias())
    c = scope.customer
    everybody = Source("customer", c, c.signed_up_at, c.recorded_at, None, c.id, c.shop)
    known = (c.shop == scope.shop_id) & (c.zone == scope.zone) & (c.recorded_at <= scope.known)
    query = c.select(c.id).where(
        sql.every([known, c.erased_at.is_null(), asked(rule, everybody, scope, scope.now)])
    )
    return [key for (key,) in Customer._meta.database.execute(query).fetchall()]
