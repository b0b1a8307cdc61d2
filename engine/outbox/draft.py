"""A mail that was decided but is not in the outbox yet: what the tick hands over and rule tests render."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Draft:
    """One decided mail. `anchors` are what the decision saw of each, latest first.

    An anchor is a mapping with `kind` and `at`, and what it has of: `order_id` and `line_id` (keys of the store),
    `product` (the shop's id), `years`, `name`, `properties`.
    """

    shop_id: int
    customer_id: int
    address_id: int | None
    rule: str
    purpose: str
    template: str
    anchors: tuple[Mapping[str, Any], ...]
    decided_at: int
    due_at: int
    expires_at: int
    title: str | None = None
    note: str | None = None
    version: str | None = None
    variant: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)  # the rule's `with`
    not_before_at: int | None = None
    token: str = "preview"  # in its links; the outbox draws a real one
