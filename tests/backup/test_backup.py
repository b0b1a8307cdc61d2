"""Backups: taken while orders come in, brought back into either database, and nobody gets a mail twice."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from engine.backup.file import ABOUT, SECRET
from engine.backup.restore import restore
from engine.backup.take import take
from engine.consent.erasure import erase
from engine.consent.erasures import note
from engine.errors import UsageError
from engine.store import Store, open_store
from models import TABLES, Customer, Decision, Hold, Message, Order, RuleState, Settlement
from models.migrations import migrate
from tests.consent.test_erasure import ANNA, mailed
from tests.intake.optica import Optica, order, the_customer


@pytest.fixture
def optica(store: Store) -> Optica:
    store.secret = b"the key of this home"
    optica = Optica(store)
    optica.customers(ANNA, {"id": "borys", "email": "borys@example.com"})
    optica.orders(order("O-77", customer=ANNA), order("O-1", customer={"id": "borys"}))
    return optica


@pytest.fixture(params=["into sqlite", "into postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A migrated store with nothing in it."""
    sqlite = request.param == "into sqlite"
    url = f"sqlite:///{tmp_path / 'new.db'}" if sqlite else request.getfixturevalue("empty_postgresql_url")
    other = open_store(url)
    with other.use():
        migrate(other.database)
    return other


def contents() -> dict[str, list[tuple[object, ...]]]:
    return {table._meta.table_name: list(table.select().order_by(table.id).tuples()) for table in TABLES}


def taken(optica: Optica, folder: Path) -> Path:
    file = folder / "backups" / "one.zip"
    take(optica.store, file, optica.now)
    return file


def test_everything_comes_back_as_it_was_in_either_database(
    optica: Optica, empty: Store, tmp_path: Path
) -> None:
    mailed(optica, the_customer("anna"))
    Hold.delete().execute()
    file, before = taken(optica, tmp_path), contents()
    with empty.use():
        done = restore(empty, tmp_path, file, optica.now + 1, ["r"])
        assert contents() == before
        assert (done.rows, done.made_at) == (sum(map(len, before.values())), optica.now)
        assert empty.secret == b"the key of this home"
        assert (tmp_path / "secret.key").read_text() == b"the key of this home".hex()
        Customer.create(
            shop=optica.row.id, zone="UTC", signed_up_at=1, recorded_at=1, updated_at=1
        )  # ids go on
    empty.close()


def test_marketing_that_waited_is_never_sent_again_and_mails_about_orders_are(
    optica: Optica, empty: Store, tmp_path: Path
) -> None:
    for state in ("queued", "claimed", "deferred", "sending", "sent"):
        mailed(optica, the_customer("borys"), state)
    Message.update(purpose="transactional").where(Message.state.in_(("claimed", "sending"))).execute()
    RuleState.create(shop=optica.row.id, rule="r", digest="d", since_at=5)
    RuleState.create(shop=optica.row.id, rule="thanks", digest="d", since_at=5)
    file, now = taken(optica, tmp_path), optica.now + 1000
    with empty.use():
        done = restore(empty, tmp_path, file, now, ["thanks"])
        assert (done.unknown, done.queued, done.ended) == (2, 2, 5)
        assert sorted(message.state for message in Message.select()) == [
            "queued",
            "queued",
            "sent",
            "unknown",
            "unknown",
        ]
        assert {row.rule: row.since_at for row in RuleState.select()} == {"r": now, "thanks": 5}
        assert Hold.select().count() == 0
        assert Settlement.select().where(Settlement.outcome == "expire").count() == 5
        assert Decision.select().where(Decision.reason == "expired").count() == 5
    empty.close()


def test_whoever_was_erased_after_the_backup_stays_erased(
    optica: Optica, empty: Store, tmp_path: Path
) -> None:
    file = taken(optica, tmp_path)
    note(tmp_path, optica.store, the_customer("anna"), optica.now)
    erase(optica.store, the_customer("anna"), optica.now)
    with empty.use():
        assert restore(empty, tmp_path, file, optica.now + 1, []).erased == 1
        assert "Nowakowska" not in json.dumps(contents(), default=str)
        assert [row.external_id for row in Order.select()] == ["O-1"]
    empty.close()


def test_a_backup_shows_one_moment_whatever_is_written_meanwhile(optica: Optica, tmp_path: Path) -> None:
    file, wrote = tmp_path / "one.zip", []
    other = open_store(optica.store.url)

    def write_meanwhile(table: str, rows: int) -> None:
        if table == "customer" and not wrote:
            wrote.append(table)
            with other.use():
                Order.update(external_id="O-changed").where(Order.external_id == "O-1").execute()

    take(optica.store, file, optica.now, write_meanwhile)
    other.close()
    assert wrote
    with zipfile.ZipFile(file) as archive:
        assert b"O-changed" not in archive.read("tables/orders.ndjson")
        assert b'"O-1"' in archive.read("tables/orders.ndjson")
    assert Order.select().where(Order.external_id == "O-changed").count() == 1


def test_a_backup_is_private_and_whole_or_not_there(optica: Optica, tmp_path: Path) -> None:
    file = taken(optica, tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600

    def fail(table: str, rows: int) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        take(optica.store, tmp_path / "two.zip", optica.now, fail)
    assert sorted(path.name for path in tmp_path.rglob("*.zip*")) == ["one.zip"]


def test_a_home_that_is_in_use_is_left_alone(optica: Optica, tmp_path: Path) -> None:
    file, before = taken(optica, tmp_path), contents()
    with pytest.raises(UsageError, match="rows of customer already"):
        restore(optica.store, tmp_path, file, optica.now, [])
    assert contents() == before


def test_whatever_is_no_backup_is_refused_and_nothing_is_written(
    optica: Optica, empty: Store, tmp_path: Path
) -> None:
    good = taken(optica, tmp_path)
    cases = {"text": b"hello", "cut": good.read_bytes()[:-200], "empty": b""}
    for name, content in cases.items():
        (tmp_path / name).write_bytes(content)
    bent = bytearray(good.read_bytes())
    bent[bent.index(b"tables/orders.ndjson") + 60] ^= 0xFF
    (tmp_path / "bent").write_bytes(bytes(bent))
    for name, change in {
        "newer": {"format": 99},
        "later": {"migrations": ["9999_later"]},
        "odd": {"tables": 5},
    }.items():
        _changed(good, tmp_path / name, change)
    with empty.use():
        for name in [*cases, "bent", "newer", "later", "odd"]:
            with pytest.raises(UsageError):
                restore(empty, tmp_path, tmp_path / name, optica.now, [])
            assert sum(table.select().count() for table in TABLES) == 0, name
    empty.close()


def _changed(good: Path, file: Path, change: dict[str, object]) -> None:
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, json.dumps(json.loads(text) | change) if name == ABOUT else text)
        assert SECRET in old.namelist()
