"""Makes the table of who is in a watched segment."""

from __future__ import annotations

from typing import Any

import models


def up(migrator: Any, db: Any) -> None:
    """Makes the table if it is missing; a new home has it already."""
    with db.bind_ctx([models.Member], bind_refs=False, bind_backrefs=False):
        db.create_tables([models.Member], safe=True)


def down(migrator: Any, db: Any) -> None:
    """Keeps the table."""
