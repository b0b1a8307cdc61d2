"""The operators' page names every setting, role and option that there is."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from engine.cli import serve
from engine.config import Config, Limits, Relay, Sender, ShopConfig
from engine.config_sending import Pace, Refusals, Watchdog
from engine.roles.role import ROLES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "operators.md").read_text("utf-8")
NAMED = set(re.findall(r"`([^`\n]+)`", PAGE))


@pytest.mark.parametrize(
    "model",
    [Config, ShopConfig, Sender, Relay, Limits, Pace, Refusals, Watchdog],
    ids=lambda model: model.__name__,
)
def test_every_setting_is_explained(model: type) -> None:
    assert set(model.model_fields) - NAMED == set()  # type: ignore[attr-defined]


def test_every_role_and_every_option_of_serve_is_explained() -> None:
    parser = argparse.ArgumentParser()
    serve.configure(parser)
    options = {name for action in parser._actions for name in action.option_strings if name.startswith("--")}
    words = set(re.findall(r"--[a-z-]+", PAGE)) | {"--help"}
    assert options - words == set()
    assert set(ROLES) - NAMED == set()


@pytest.mark.parametrize("setting", ["body_bytes", "decisions_days", "future_minutes"])
def test_the_defaults_of_limits_are_the_codes(setting: str) -> None:
    (row,) = [line for line in PAGE.splitlines() if line.startswith("|") and f"`{setting}` |" in line]
    assert f"{Limits.model_fields[setting].default:,}" in row
