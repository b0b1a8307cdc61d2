"""Counts what happens, so that /metrics need not count rows that are thrown away in time."""

from __future__ import annotations

from typing import Any

import models


def up(migrator: Any, db: Any) -> None:
    """Makes the table where it is not there."""
    with db.bind_ctx([models.Tally], bind_refs=False, bind_backrefs=False):
        db.create_tables([models.Tally], safe=True)


def down(migrator: Any, db: Any) -> None:
    """Keeps it: nothing suffers from a table too many."""
