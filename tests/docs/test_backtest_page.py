"""docs/backtest.md is true: its commands can be called so, and its JSON has the keys that `backtest --json` prints."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.cli.main import _parser
from tests.cli.desk import REFILL, new_desk

PAGE = (Path(__file__).parents[2] / "docs" / "backtest.md").read_text("utf-8")
COMMANDS = re.findall(r"^    (server\.py .*)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_can_be_called_as_the_page_says(command: str) -> None:
    words = shlex.split(command)[1:]
    assert callable(_parser(words).parse_args(words).run)


def keys(value: Any, path: str = "") -> Iterator[str]:
    """Every key of nested mappings, with its path; days and reasons are the shop's own."""
    for key, inner in value.items() if isinstance(value, dict) else ():
        yield f"{path}/{key}"
        yield from () if key in ("by_day", "refused", "held", "published") else keys(inner, f"{path}/{key}")
    for inner in value if isinstance(value, list) else ():
        yield from keys(inner, path)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_json_is_what_the_page_shows(
    tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = new_desk(tmp_path, database_url, capsys)
    desk.done("publish", "--author", "anna")
    desk.write(REFILL.replace("20 days", "10 days"))
    printed = desk.json("backtest", "--from", "2025-11-01", "--to", "2025-12-31")
    (shown,) = re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert set(keys(json.loads(shown))) == set(keys(printed))
