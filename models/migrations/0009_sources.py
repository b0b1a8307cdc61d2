"""Remembers how each source of a shop fares."""

from __future__ import annotations

from typing import Any

import models


def up(migrator: Any, db: Any) -> None:
    """Makes the table where it is not there."""
    with db.bind_ctx([models.Source], bind_refs=False, bind_backrefs=False):
        db.create_tables([models.Source], safe=True)


def down(migrator: Any, db: Any) -> None:
    """Keeps it: nothing suffers from a table too many."""
