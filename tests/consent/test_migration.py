"""A ledger from before the chain: it keeps its lines, gets the new columns, and the chain begins behind it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.consent import granted
from engine.consent.chain import verify
from engine.store import Store, open_store
from models import ConsentChange
from models.migrations import has_column, migrate
from tests.intake.optica import Optica, the_customer

NEW = (
    "version",
    "basis",
    "detail",
    "request_address",
    "proof",
    "asked_at",
    "confirmed_at",
    "whose",
    "sealed",
    "digest",
)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "postgresql":
        return open_store(request.getfixturevalue("empty_postgresql_url"))
    return open_store(f"sqlite:///{tmp_path / 'old.db'}")


def test_lines_from_before_stay_and_the_chain_begins_behind_them(empty: Store) -> None:
    with empty.use():
        migrate(empty.database)
        optica = Optica(empty)
        optica.customers(
            {"id": "anna", "consent": {"marketing": {"granted": True, "at": "2026-03-01T10:00:00Z"}}}
        )
        empty.database.execute_sql("drop index consent_change_objections")
        for column in NEW:
            empty.database.execute_sql(f'alter table "consent_change" drop column {column}')
        empty.database.execute_sql("drop table ledger_head")
        empty.database.execute_sql("delete from schema_migration where name = '0012_consent_chain'")
        assert migrate(empty.database) == ["0012_consent_chain"]
        assert all(has_column(empty.database, "consent_change", column) for column in NEW)
        assert granted(the_customer().id, "marketing", optica.now)
        empty.secret = b"the key of this home"
        optica.consents({"customer": "anna", "purpose": "newsletter", "granted": True})
        (found,) = verify(empty)
        assert (found.before, found.lines, found.faults) == (1, 1, [])
        assert "consent_change_objections" in {i.name for i in empty.database.get_indexes("consent_change")}
        assert ConsentChange.select().count() == 2
    empty.close()
