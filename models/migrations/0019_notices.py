"""Makes the tables of webhooks out."""

from __future__ import annotations

from typing import Any

import models

NEW = (models.Endpoint, models.Notice, models.GoalLook)


def up(migrator: Any, db: Any) -> None:
    """Makes the tables where they are not there."""
    with db.bind_ctx(NEW, bind_refs=False, bind_backrefs=False):
        db.create_tables(NEW, safe=True)


def down(migrator: Any, db: Any) -> None:
    """Keeps them: nothing suffers from a table too many."""
