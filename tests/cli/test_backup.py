"""Backup and restore from the desk: after a disk has died, nobody is reminded twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.desk import CONFIG, Desk, new_desk


@pytest.fixture
def desk(tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]) -> Desk:
    desk = new_desk(tmp_path, database_url, capsys)
    desk.done("tick")
    return desk


def second_home(desk: Desk) -> None:
    """Takes the first home away and makes an empty one on the day after."""
    (desk.folder / "var").rename(desk.folder / "lost")
    (desk.folder / "config.yaml").write_text(CONFIG, "utf-8")
    desk.done("migrate", "--stepped", "--at", "2026-02-01T12:00")


def test_what_was_mailed_after_the_backup_is_not_mailed_again(desk: Desk) -> None:
    file = desk.folder / "copy.zip"
    assert desk.done("backup", str(file)).startswith(f"{file}: ")
    desk.done("clock", "2026-01-31T12:00")
    assert desk.json("tick")["optyk"]["messages"] == 2
    second_home(desk)
    done = desk.json("restore", str(file))
    assert (done["unknown"], done["queued"], done["erased"]) == (0, 0, 0)
    assert desk.json("tick")["optyk"]["messages"] == 0
    assert "orders" in desk.done("export", "anna")


def test_a_backup_has_a_name_of_its_own_and_overwrites_none(desk: Desk) -> None:
    file = Path(desk.json("backup")["file"])
    assert (file.parent, file.suffix) == (desk.folder / "var" / "backups", ".zip")
    code, _, error = desk.call("backup", str(file))
    assert (code, "is there already" in error) == (2, True)


def test_restoring_over_a_home_in_use_or_from_nothing_says_what_to_do(desk: Desk) -> None:
    file = Path(desk.json("backup")["file"])
    code, _, error = desk.call("restore", str(file))
    assert (code, "name an empty one with --home DIR" in error) == (2, True)
    code, _, error = desk.call("restore", "nowhere.zip")
    assert (code, "there is no file nowhere.zip" in error) == (2, True)
