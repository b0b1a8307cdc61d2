"""Those who object to profiling: few, so that asking whether somebody does costs next to nothing."""

from __future__ import annotations

from typing import Any

PROFILING = "about:profiling"  # what such a line of the ledger has for a purpose


def find_objections(db: Any) -> None:
    """Gives both databases an index of these lines alone; repeating it changes nothing."""
    db.execute_sql(
        'create index if not exists consent_change_objections on "consent_change" (customer_id, at) '
        f"where purpose = '{PROFILING}'"
    )
