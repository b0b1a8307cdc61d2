"""docs/bounces.md: its settings can be written so, and everything that there is is told."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from ruamel.yaml import YAML

from engine.cli.main import command_names
from engine.config import read_config
from engine.config_feedback import Feedback, Imap, Providers
from tests.house.tracked import ROOT

PAGE = Path(ROOT / "docs" / "bounces.md").read_text("utf-8")
BLOCKS = [
    re.sub("(?m)^    ", "", block)
    for block in re.findall(r"(?m)(?:^    .*\n|^\n(?=    ))+", PAGE)
    if re.match(r"    (?:shops|feedback):", block.lstrip("\n"))
]


def test_the_settings_of_the_page_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    shown = base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    for name in re.findall(r"\$\{([A-Z_]+)\}", PAGE):
        monkeypatch.setenv(name, shown if name == "SENDGRID_PUBLIC_KEY" else "a secret of some length")
    whole: dict[str, Any] = {"feedback": {}}
    for block in BLOCKS:
        for name, said in YAML(typ="safe").load(block).items():
            if name == "feedback":
                whole["feedback"] |= said
            else:
                whole[name] = said
    whole["shops"][0] |= {"name": "Optyk", "postal": "Optyk, ul. Szeroka 14, Kraków"}
    read = read_config(whole)
    assert len(BLOCKS) == 3
    assert read.shops[0].sender.bounces == "bounces@optyk.example"
    assert read.feedback.imap is not None
    assert all(getattr(read.feedback.webhooks, name) is not None for name in Providers.model_fields)


@pytest.mark.parametrize("name", [*Imap.model_fields, *Providers.model_fields, *Feedback.model_fields])
def test_every_setting_is_told(name: str) -> None:
    assert f"`{name}`" in PAGE or f"feedback.{name}" in PAGE


def test_every_word_that_is_counted_is_told() -> None:
    for word in ("hard", "soft", "policy", "spam_report", "unsubscribed", "repeated", "delayed", "delivered", "ignored",
                 "forged", "unreadable", "denied"):  # fmt: skip
        assert f"`{word}`" in PAGE


def test_the_commands_are_there() -> None:
    assert set(re.findall(r"server\.py ([a-z]+)", PAGE)) <= set(command_names())
