"""Makes all tables as this code has them."""

from __future__ import annotations

from typing import Any

import models


def up(migrator: Any, db: Any) -> None:
    """Makes the tables that are missing."""
    with db.bind_ctx(models.TABLES, bind_refs=False, bind_backrefs=False):
        db.create_tables(models.TABLES, safe=True)


def down(migrator: Any, db: Any) -> None:
    """Keeps the tables: nobody means to lose every order."""
