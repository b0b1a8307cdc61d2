"""The console speaks English, Polish and Ukrainian, each of them wholly."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from typing import Any

import pytest

from engine.policy.model import REASONS
from engine.reports.sentences import STATES
from engine.reports.words import PLURALS, TEMPLATES, catalogue
from engine.rulebook.vocabulary import FACTS

LANGUAGES = ("en", "pl", "uk")


def names(text: Any) -> set[str]:
    """The {names} of a text, of all its plural forms together."""
    texts = text.values() if isinstance(text, dict) else [str(text)]
    return {field for each in texts for _, field, _, _ in string.Formatter().parse(each) if field}


@pytest.mark.parametrize(("pages", "languages"), [("console", LANGUAGES), ("public", (*LANGUAGES, "ru"))])
def test_every_language_has_every_text_with_the_same_names(pages: str, languages: tuple[str, ...]) -> None:
    texts = catalogue(pages).texts
    assert set(texts) == set(languages)
    for language in languages:
        assert set(texts[language]) ^ set(texts["en"]) == set(), language
        differing = [key for key in texts["en"] if names(texts[language][key]) != names(texts["en"][key])]
        assert differing == [], language


def test_plural_forms_are_those_of_the_language() -> None:
    forms = {"en": {"one", "other"}, "pl": PLURALS, "uk": PLURALS}
    for language in LANGUAGES:
        for key, text in catalogue("console").texts[language].items():
            assert not isinstance(text, dict) or set(text) == forms[language], (language, key)


def test_every_reason_state_and_fact_has_words() -> None:
    known = catalogue("console").texts["en"]
    for reason in REASONS:
        assert f"reason.{reason}" in known
    for state in STATES:
        assert f"state.{state}" in known
        assert f"mail.{state}" in known
    for fact in FACTS:
        assert f"after.{fact}" in known


def test_templates_ask_for_nothing_that_is_not_there() -> None:
    for pages in ("console", "public"):
        known = set(catalogue(pages).texts["en"])
        missing = [key for key in asked_for(pages) if key not in known]
        assert missing == []


def asked_for(pages: str) -> Iterator[str]:
    """The keys that stand whole in the templates."""
    for file in sorted((TEMPLATES / pages).glob("*.html")):
        yield from re.findall(r"\bt\('([a-z_.]+)'[,)]", file.read_text("utf-8"))


def test_templates_hold_no_styles_and_no_scripts() -> None:
    for pages in ("console", "public"):
        for file in sorted((TEMPLATES / pages).glob("*.html")):
            text = file.read_text("utf-8")
            assert not re.search(r"<script|\sstyle=|\son[a-z]+=|<style|\|safe\b|Markup", text), file.name
