"""The words of the pages in several languages: plain YAML, one file a language, the same keys in each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from ruamel.yaml import YAML

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


class Catalogue:
    """All texts of one kind of pages: `say` finds one, in a language, with its plural form and its values."""

    def __init__(self, texts: Mapping[str, Mapping[str, Any]]) -> None:
        self.texts = texts

    @property
    def languages(self) -> tuple[str, ...]:
        """Lists the languages that it speaks."""
        return tuple(self.texts)

    def has(self, language: str, key: str) -> bool:
        """Says whether the language has a text for the key."""
        return key in self.texts[language]

    def say(self, language: str, key: str, /, **values: Any) -> str:
        """Returns the text of a key with `{names}` replaced; `count` chooses the plural form. Not escaped."""
        text = self.texts[language][key]
        if isinstance(text, Mapping):
            form = Locale.parse(language).plural_form(abs(values["count"]))
            text = text.get(form) or text["other"]
        return str(text).format(**values) if values else str(text)


@lru_cache(maxsize=8)
def catalogue(pages: str) -> Catalogue:
    """Reads templates/PAGES/words/LANGUAGE.yaml: nested keys are joined with dots, plural forms stay together."""
    files = sorted((TEMPLATES / pages / "words").glob("*.yaml"))
    return Catalogue({file.stem: _flat(YAML(typ="safe").load(file.read_text("utf-8"))) for file in files})


PLURALS = {"one", "few", "many", "other"}


def _flat(tree: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in tree.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping) and not set(value) <= PLURALS:
            found |= _flat(value, f"{name}.")
        else:
            found[name] = value
    return found
