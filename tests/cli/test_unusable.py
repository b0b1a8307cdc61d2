"""What cannot be used as called says so in one sentence with a remedy, and exits 2: no traceback ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli.main import main
from tests.cli.test_keys_and_migrate import CONFIG

Told = tuple[int, str]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG, "utf-8")
    (tmp_path / "rules").mkdir()
    return file


def said(config: Path, capsys: pytest.CaptureFixture[str], *words: str) -> Told:
    where = ["--config", str(config), "--rules", str(config.parent / "rules")]
    code = main([*words, *where, "--home", str(config.parent / "home")])
    return code, capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [("tick",), ("send",), ("keys", "list"), ("users", "list"), ("explain", "anna"), ("pause", "all")],
)
def test_a_home_that_was_never_migrated_is_named_with_what_to_do(
    config: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    code, told = said(config, capsys, *words)
    assert code == 2
    assert "lacks 0001_first_tables" in told
    assert "run server.py migrate" in told


def test_a_file_that_is_no_database_is_named(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (config.parent / "home").mkdir()
    (config.parent / "home" / "regulars.db").write_text(
        "not a database, and long enough to be sure of it\n" * 3
    )
    code, told = said(config, capsys, "migrate")
    assert code == 2
    assert "regulars.db cannot be opened: file is not a database" in told


def test_a_database_server_that_is_away_is_a_sentence(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(CONFIG + "database: postgresql://nobody:secret@127.0.0.1:1/regulars\n", "utf-8")
    code, told = said(config, capsys, "migrate")
    assert code == 2
    assert told.startswith("error: the store cannot be used: connection")
    assert len(told.splitlines()) == 1
    assert "secret" not in told


def test_serving_without_the_marketers_folder_is_refused(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (config.parent / "rules").rmdir()
    code, told = said(config, capsys, "serve")
    assert code == 2
    assert "there is no folder" in told


@pytest.mark.parametrize(
    "option", [("--port", "99999"), ("--port", "abc"), ("--workers", "0"), ("--senders", "-1")]
)
def test_a_number_that_cannot_be_is_refused_with_the_usage(
    config: Path, capsys: pytest.CaptureFixture[str], option: tuple[str, str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        said(config, capsys, "serve", *option)
    assert ended.value.code == 2
    assert option[1] in capsys.readouterr().err


def test_a_key_without_a_name_is_called_shop(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(config, capsys, "migrate")
    assert said(config, capsys, "keys", "create") == (0, "")


def test_a_demo_that_has_nowhere_to_live_says_where(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (config.parent / "home").write_text("a file, where a folder is wanted", "utf-8")
    code, told = said(config, capsys, "demo", "--only-make")
    assert code == 2
    assert f"error: {config.parent / 'home'}: File exists" in told
