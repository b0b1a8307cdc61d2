"""Makes the tables of coupons and of what is bought together, and the index by which an order's coupon is found."""

from __future__ import annotations

from typing import Any

import models


def up(migrator: Any, db: Any) -> None:
    """Makes what is missing; a new home has it already."""
    changed = [models.Coupon, models.PoolCode, models.Together, models.Order]
    with db.bind_ctx(changed, bind_refs=False, bind_backrefs=False):
        db.create_tables(changed, safe=True)


def down(migrator: Any, db: Any) -> None:
    """Keeps them: no code that a customer holds may be lost."""
