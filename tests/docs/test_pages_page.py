"""docs/shops/pages.md is true: its settings are read, its token is made and believed, and what it names is in the script."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from engine.clock import HOUR, SECOND
from engine.config import read_config
from engine.config_pages import Pages
from engine.config_server import Retention
from engine.intake.visits.signed import read
from engine.rulebook.load import load_rulebook
from engine.rulebook.vocabulary import Vocabulary
from engine.web.collect.receiving import MOST_BYTES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "shops" / "pages.md").read_text("utf-8")
SCRIPT = (ROOT / "engine" / "web" / "static" / "regulars.js").read_text("utf-8")
NEEDED = {
    "name": "Optyk",
    "postal": "Optyk, Kraków",
    "sender": {"name": "Optyk", "address": "a@optyk.example"},
}


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_its_settings_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGES_SECRET", "a secret of sixteen signs")
    found = [YAML(typ="safe").load(text) for text in blocks("yaml") if "shops:" in text]
    assert len(found) == 2
    for said in found:
        said["shops"] = [{**NEEDED, **shop} for shop in said["shops"]]
        assert read_config(said).shops[0].pages


def test_its_rule_is_one(tmp_path: Path) -> None:
    (text,) = [text for text in blocks("yaml") if "rule:" in text]
    (tmp_path / "rules.yaml").write_text(text, "utf-8")
    book = load_rulebook(tmp_path, Vocabulary())
    assert list(book.rules) == ["looked-at-lenses"]
    assert not book.problems


def test_its_token_is_believed_and_is_the_one_that_it_shows(tmp_path: Path) -> None:
    (tmp_path / "token.py").write_text(blocks("python")[0], "utf-8")
    token: Any = runpy.run_path(str(tmp_path / "token.py"))["token"]
    (shown,) = re.findall(r"`(1772362800\.[^`]+)`", PAGE)
    assert token("correct horse battery staple", "anna", until=1772362800) == shown
    now = 1772362800 * SECOND - HOUR
    assert read([b"correct horse battery staple"], "identify", "optyk", shown, now) == "anna"
    order = token("correct horse battery staple", "1001/ą", use="order", until=1772362800)
    assert read([b"correct horse battery staple"], "order", "optyk", order, now) == "1001/ą"


def test_what_it_names_on_a_page_and_as_a_call_is_in_the_script() -> None:
    for name in re.findall(r"data-regulars-([a-z]+)", PAGE):
        assert f"regulars{name.title()}" in SCRIPT or f"data-regulars-{name}" in SCRIPT, name
    for call in set(re.findall(r"regulars\('(\w+)'", PAGE)):
        assert re.search(rf"^    {call}\(", SCRIPT, re.MULTILINE), call


def test_its_numbers_are_those_of_the_code() -> None:
    pages, kept = Pages(origins=("https://optyk.example",)), Retention()
    for number in (pages.visitor_a_minute, pages.address_a_minute):
        assert f"{number} " in PAGE
    assert f"{MOST_BYTES:,} bytes" in PAGE
    assert f"`visits_days` ({kept.visits_days})" in PAGE
    assert f"`strangers_days` ({kept.strangers_days})" in PAGE
    assert f"`web_events_days` ({kept.web_events_days})" in PAGE
