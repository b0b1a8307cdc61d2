"""docs/publish.md is true: its commands can be called so, and its settings are the defaults that it names."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from engine.cli.main import _parser
from engine.config import Brake, Rules, read_config

PAGE = (Path(__file__).parents[2] / "docs" / "publish.md").read_text("utf-8")
LINES = re.findall(r"^    (server\.py .*)$", PAGE, re.MULTILINE)
COMMANDS = [part.partition(" # ")[0].strip() for line in LINES for part in re.split(r" {3,}(?=server)", line)]
SETTINGS = re.findall(r"^```yaml\n# config\.yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SHOP = {
    "shop": "optyk", "name": "Optyk", "postal": "Optyk, ul. Szeroka 14, Kraków",
    "sender": {"name": "Optyk", "address": "sklep@optyk.example"},
}  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_can_be_called_as_the_page_says(command: str) -> None:
    words = shlex.split(command)[1:]
    assert callable(_parser(words).parse_args(words).run)


def test_the_page_names_a_command_of_each_kind() -> None:
    named = {command.split()[1] for command in COMMANDS}
    assert {"preview", "publish", "pause", "resume", "release"} <= named


def test_the_settings_are_read_and_are_the_defaults() -> None:
    found = [
        read_config({"shops": [SHOP], **YAML(typ="safe", pure=True).load(text)}).rules for text in SETTINGS
    ]
    assert [each.publish for each in found] == ["automatic", "automatic"]
    assert found[-1] == Rules(brake=Brake())
    assert Rules().brake == Brake()
