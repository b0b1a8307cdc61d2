"""`users` makes people who may log in, and its passwords are shown once."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from engine.cli.main import main

CONFIG = """\
shops:
  - {shop: optyk, name: Optyk, postal: "Optyk, Kraków", sender: {name: Optyk, address: sklep@optyk.example}}
"""


@pytest.fixture
def options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """A home with tables."""
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    places = ["--config", str(tmp_path / "config.yaml"), "--home", str(tmp_path / "var")]
    assert main(["migrate", *places]) == 0
    capsys.readouterr()
    return [*places, "--json"]


def test_ola_is_made_listed_and_shut_out(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["users", "create", "Ola@Example.com", "--role", "viewer", *options]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["user"], made["role"]) == ("ola@example.com", "viewer")
    assert len(made["password"]) >= 16
    assert main(["users", "deactivate", "ola@example.com", *options]) == 0
    capsys.readouterr()
    main(["users", "list", *options])
    assert json.loads(capsys.readouterr().out) == [
        {"user": "ola@example.com", "roles": ["viewer"], "active": False, "language": "en"}
    ]


def test_a_password_can_come_from_standard_input_and_is_not_shown(
    options: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    assert main(["users", "create", "ola@example.com", "--password-stdin", *options]) == 0
    assert "correct" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (["password", "nobody@example.com"], "nobody is called"),
        (["create", "not an address"], "is not an email address"),
        (["create"], "needs an address"),
    ],
    ids=["unknown", "no address", "nobody"],
)
def test_what_cannot_be_done_is_said_with_a_remedy(
    options: list[str], capsys: pytest.CaptureFixture[str], act: list[str], words: str
) -> None:
    assert main(["users", *act, *options]) == 2
    assert words in capsys.readouterr().err


def test_nobody_is_made_twice(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    main(["users", "create", "ola@example.com", *options])
    assert main(["users", "create", "OLA@example.com", *options]) == 2
    assert "users password EMAIL" in capsys.readouterr().err
