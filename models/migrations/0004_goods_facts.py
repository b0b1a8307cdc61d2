"""Gives lines the moment at which they run out, products their daily prices, and events an index by product."""

from __future__ import annotations

from typing import Any

from peewee import SqliteDatabase

import models
from models.migrations import has_column

NEW = ("runs_out_at", "runs_out_recorded_at")
DAY = {
    True: "strftime('%Y-%m-%d', recorded_at / 1000000, 'unixepoch')",
    False: "to_char(to_timestamp(recorded_at / 1000000) at time zone 'UTC', 'YYYY-MM-DD')",
}
# The price that each product has is the only one that is sure; 0 is the version of what only an order's line has told.
PRICES = """
insert into price_day (product_id, day, lowest_minor, last_minor)
select id, {}, price_minor, price_minor from product where price_minor is not null and updated_at > 0
"""


def up(migrator: Any, db: Any) -> None:
    """Adds what is missing, and notes that lines of products that last so long are to be dated."""
    tables = [models.Line, models.Event, models.PriceDay, models.Product, models.Setting]
    with db.bind_ctx(tables, bind_refs=False, bind_backrefs=False):
        for name in NEW:
            if not has_column(db, "line", name):
                db.execute_sql(f'alter table "line" add column {name} bigint')
        db.create_tables([models.PriceDay, models.Line, models.Event], safe=True)
        if not models.PriceDay.select().exists():
            db.execute_sql(PRICES.format(DAY[isinstance(getattr(db, "obj", db), SqliteDatabase)]))
        # The server dates them when it starts: zones are the engine's to reckon with.
        if models.Product.select().where(models.Product.lasts_days.is_null(False)).exists():
            models.Setting.insert(name=models.SUPPLIES_TO_DATE, value=True).on_conflict_ignore().execute()


def down(migrator: Any, db: Any) -> None:
    """Keeps them: nothing suffers from a column too many."""
