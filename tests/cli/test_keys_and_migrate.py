"""`migrate` and `keys`: a home is made, its clock stands where told, and its keys open and close the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.clock import clock_of
from tests.intake.optica import at

CONFIG = """
shops:
  - shop: optica
    name: Optica
    sender: {name: Optica, address: sklep@optica.pl}
    postal: Optica, ul. Długa 1, 31-146 Kraków
"""
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in a home of its own and returns its exit code and what it printed."""
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG, "utf-8")

    def run(*words: str) -> tuple[int, str, str]:
        code = main([*words, "--config", str(config), "--home", str(tmp_path / "home")])
        told = capsys.readouterr()
        return code, told.out.strip(), told.err.strip()

    return run


def test_migrate_makes_a_home_once(run: Run) -> None:
    assert run("migrate")[1].startswith("applied 0001_first_tables")
    assert run("migrate") == (0, "the store is up to date", "")


def test_a_stepped_home_starts_where_told_and_only_a_new_one_can_be_stepped(run: Run, tmp_path: Path) -> None:
    code, told, _ = run("migrate", "--stepped", "--at", "2026-01-01T10:00", "--json")
    assert (code, json.loads(told)["now"]) == (0, "2026-01-01T09:00:00+00:00")
    assert clock_of(tmp_path / "home").now() == at("2026-01-01T09:00:00")
    (tmp_path / "home" / "clock").unlink()
    code, _, complaint = run("migrate", "--stepped")
    assert (code, "name a new home" in complaint) == (2, True)
    assert run("migrate", "--at", "2026-01-01")[0] == 2


def test_a_key_is_shown_once_listed_without_its_secret_and_revoked(run: Run) -> None:
    run("migrate")
    code, key, _ = run("keys", "create", "--name", "our shop")
    assert (code, key[:3], len(key)) == (0, "rk_", 46)
    code, listed, _ = run("keys", "list")
    assert (key[:11] in listed, key in listed, "our shop" in listed, "REVOKED" in listed) == (
        True,
        False,
        True,
        False,
    )
    assert run("keys", "revoke", key[:11])[0] == 0
    assert "REVOKED" in run("keys", "list")[1]
    assert run("keys", "revoke", key[:11])[0] == 2


@pytest.mark.parametrize("words", [("revoke",), ("create", "--name", "x", "--shop", "nobody")])
def test_keys_says_what_is_missing(run: Run, words: tuple[str, ...]) -> None:
    run("migrate")
    code, _, complaint = run("keys", *words)
    assert (code, complaint.startswith("error: "), ";" in complaint) == (2, True, True)
