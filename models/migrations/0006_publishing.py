"""Makes the tables of publications, acts and daily volumes, and the columns of a rule's brake."""

from __future__ import annotations

from typing import Any

import models
from models.migrations import has_column

NEW = (models.Publication, models.Act, models.RuleDay)
DAY = 86_400_000_000
EPOCH_DAY = 719_163  # date(1970, 1, 1).toordinal()


def up(migrator: Any, db: Any) -> None:
    """Makes what is missing; what was published and sent before the tables were there is written into them."""
    with db.bind_ctx(NEW, bind_refs=False, bind_backrefs=False):
        db.create_tables(NEW, safe=True)
    for column in ("braked_at", "released_until_at"):
        if not has_column(db, "rule_state", column):
            db.execute_sql(f'alter table "rule_state" add column {column} bigint')
    db.execute_sql(
        "insert into publication (digest, author, published_at) select digest, author, published_at "
        "from rulebook_version where not exists (select 1 from publication) order by id"
    )
    db.execute_sql(
        f"insert into rule_day (shop_id, rule, day, mails) select shop_id, rule, {EPOCH_DAY} + decided_at / {DAY}, "
        "count(*) from message where purpose <> 'transactional' and not exists (select 1 from rule_day) "
        f"group by shop_id, rule, {EPOCH_DAY} + decided_at / {DAY}"
    )


def down(migrator: Any, db: Any) -> None:
    """Keeps the tables: what people did stays written."""
