"""Gives lines the moment at which they run out, products their daily prices, and events an index by product."""

from __future__ import annotations

from typing import Any

import models
from models.migrations import has_column

NEW = ("runs_out_at", "runs_out_recorded_at")


def up(migrator: Any, db: Any) -> None:
    """Adds what is missing, and notes that lines of products that last so long are to be dated."""
    tables = [models.Line, models.Event, models.PriceDay, models.Product, models.Setting]
    with db.bind_ctx(tables, bind_refs=False, bind_backrefs=False):
        for name in NEW:
            if not has_column(db, "line", name):
                db.execute_sql(f'alter table "line" add column {name} bigint')
        db.create_tables([models.PriceDay, models.Line, models.Event], safe=True)
        # The server dates them when it starts: zones are the engine's to reckon with.
        if models.Product.select().where(models.Product.lasts_days.is_null(False)).exists():
            models.Setting.insert(name=models.SUPPLIES_TO_DATE, value=True).on_conflict_ignore().execute()


def down(migrator: Any, db: Any) -> None:
    """Keeps them: nothing suffers from a column too many."""
