"""`backup` and `restore` as an operator calls them, from one home into another, on either database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.store import open_store
from models import Customer, Message, Setting
from tests.cli.desk import Desk, new_desk


@pytest.fixture
def desk(tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]) -> Desk:
    return new_desk(tmp_path, database_url, capsys)


@pytest.fixture
def other(tmp_path: Path, empty_postgresql_url: str, desk: Desk, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A new, empty home beside the old one, of the other kind of database."""
    folder = tmp_path / "other"
    folder.mkdir()
    new = Desk(folder, capsys)
    new.rules.mkdir()
    text = (tmp_path / "config.yaml").read_text()
    line = next(line for line in text.splitlines() if line.startswith("database:"))
    there = f"sqlite:///{folder / 'new.db'}" if "postgresql" in line else empty_postgresql_url
    (folder / "config.yaml").write_text(text.replace(line, f"database: {there}"))
    return new


def rows_of(desk: Desk) -> tuple[list[str | None], list[str]]:
    """Returns first names and the states of mails in a home's store."""
    [line] = [
        line
        for line in (desk.folder / "config.yaml").read_text().splitlines()
        if line.startswith("database:")
    ]
    store = open_store(line.removeprefix("database: "))
    with store.use():
        names = [row.first_name for row in Customer.select().order_by(Customer.id)]
        states = [row.state for row in Message.select().order_by(Message.id)]
    store.close()
    return names, states


def test_a_home_moves_to_the_other_database_and_what_waited_is_unknown_there(
    desk: Desk, other: Desk, tmp_path: Path
) -> None:
    desk.done("clock", "2026-01-21T12:05")
    desk.done("tick")
    assert rows_of(desk) == (["Anna", "Borys", "Celina"], ["queued"])
    desk.done("backup", str(tmp_path / "one.zip"))
    said = other.done("restore", str(tmp_path / "one.zip"))
    assert "1 marketing mails that waited are unknown now" in said
    assert "who withdrew since then is known only to the old home" in said
    assert rows_of(other) == (["Anna", "Borys", "Celina"], ["unknown"])


def test_who_was_erased_on_any_machine_since_the_backup_stays_erased(
    desk: Desk, other: Desk, tmp_path: Path
) -> None:
    desk.done("backup", str(tmp_path / "one.zip"))
    desk.done("erase", "anna", "--yes")
    (tmp_path / "second").write_text((tmp_path / "var" / "erasures.ndjson").read_text())
    (tmp_path / "var" / "erasures.ndjson").unlink()
    desk.done("erase", "borys", "--yes")
    where = [str(tmp_path / "var" / "erasures.ndjson"), str(tmp_path / "second")]
    done = other.json("restore", str(tmp_path / "one.zip"), "--erasures", where[0], "--erasures", where[1])
    assert done["erased"] == 2
    assert rows_of(other)[0] == [None, None, "Celina"]


def test_who_was_suppressed_or_withdrew_since_the_backup_gets_no_mail_after_it_either(
    desk: Desk, other: Desk, tmp_path: Path
) -> None:
    desk.done("backup", str(tmp_path / "one.zip"))
    desk.done("consent", "object", "anna")
    desk.done("suppression", "add", "borys", "--because", "asked for it by telephone")
    list_of_old = str(tmp_path / "var" / "withdrawals.ndjson")
    said = other.done("restore", str(tmp_path / "one.zip"), "--withdrawals", list_of_old)
    assert "1 customers took something back since then, and 1 mailboxes were suppressed: again now" in said
    assert other.json("suppression", "list") != []


@pytest.mark.parametrize("text", ["hello", "{}", '{"at": "x"}', "[1]", "\xff"])
def test_a_file_that_holds_no_erasures_is_refused_before_anything_is_brought_back(
    desk: Desk, other: Desk, tmp_path: Path, text: str
) -> None:
    desk.done("backup", str(tmp_path / "one.zip"))
    (tmp_path / "odd").write_text(text, "latin-1")
    code, _, err = other.call("restore", str(tmp_path / "one.zip"), "--erasures", str(tmp_path / "odd"))
    assert (code, "cannot be read as erasures" in err) == (2, True)
    assert rows_of(other) == ([], [])


def test_only_the_newest_backups_of_the_home_are_kept_and_named_ones_stay(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "var" / "backups"
    folder.mkdir()
    for name in ("regulars-20250101-000000.zip", "regulars-20250102-000000.zip", "before-the-move.zip"):
        (folder / name).write_text("")
    done = json.loads(desk.done("backup", "--keep", "2", "--json"))
    assert done["deleted"] == ["regulars-20250101-000000.zip"]
    assert len(list(folder.iterdir())) == 3
    code, _, _ = desk.call("backup", str(tmp_path / "two.zip"))
    assert code == 0
    with pytest.raises(SystemExit):
        desk.call("backup", "--keep", "0")


def test_the_moment_of_the_last_backup_is_kept_for_metrics(desk: Desk, tmp_path: Path) -> None:
    desk.done("backup", str(tmp_path / "one.zip"))
    [line] = [
        line for line in (tmp_path / "config.yaml").read_text().splitlines() if line.startswith("database:")
    ]
    store = open_store(line.removeprefix("database: "))
    with store.use():
        assert (
            Setting.get(Setting.name == "last_backup_at").value == 1_768_474_800_000_000
        )  # noon of 15 January in Warsaw
    store.close()
