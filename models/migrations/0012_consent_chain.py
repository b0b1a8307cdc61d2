"""Gives the ledger of consent its basis, proof and chain, and an index by which those who object are found."""

from __future__ import annotations

from typing import Any

import models
from models.migrations import has_column
from models.objections import find_objections

NEW = {
    "version": "varchar(64)", "basis": "varchar(16)", "detail": "varchar(64)", "request_address": "varchar(64)",
    "proof": "varchar(500)", "asked_at": "bigint", "confirmed_at": "bigint", "whose": "varchar(64)",
    "sealed": "varchar(64)", "digest": "varchar(64)",
}  # fmt: skip


def up(migrator: Any, db: Any) -> None:
    """Adds what is missing; lines that were written before stay as they are, and stand before the chain."""
    for name, kind in NEW.items():
        if not has_column(db, "consent_change", name):
            db.execute_sql(f'alter table "consent_change" add column "{name}" {kind}')
    with db.bind_ctx([models.LedgerHead], bind_refs=False, bind_backrefs=False):
        db.create_tables([models.LedgerHead], safe=True)
    find_objections(db)


def down(migrator: Any, db: Any) -> None:
    """Keeps them: what somebody has said stays written."""
