"""A case: a shop, its rules and their edits, what happens, and when the clock is out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

from engine.config import Config, ShopConfig, read_config
from engine.rehearsal.cases import Given
from engine.rulebook.ast import Rulebook
from engine.rulebook.load import load_text
from engine.rulebook.server_words import vocabulary_of
from tests.reference.facts import learned_at


@cache
def config() -> Config:
    """A server with one Polish shop and rates for euros and hryvnias."""
    sender = {"name": "Optyk", "address": "sklep@optyk.example"}
    shop = {"shop": "optyk", "name": "Optyk", "sender": sender, "postal": "Optyk, ul. Szeroka 14, Kraków"}
    return read_config({"shops": [shop], "rates": {"EUR": "4.00", "UAH": "0.10"}})


@dataclass(frozen=True)
class Text:
    """A rulebook as the marketer's folder holds it, each file as plain values."""

    rules: list[dict[str, Any]]
    segments: dict[str, Any]
    policy: dict[str, Any]

    def load(self) -> Rulebook:
        """Reads it with the loader; JSON is YAML."""
        files = {"rules/rules.yaml": json.dumps(self.rules), "rules/segments.yaml": json.dumps(self.segments)}
        if self.policy:
            files["rules/policy.yaml"] = json.dumps(self.policy)
        return _loaded(tuple(files.items()))


@lru_cache(maxsize=16)
def _loaded(files: tuple[tuple[str, str], ...]) -> Rulebook:
    book = load_text(dict(files), vocabulary_of(config(), None))
    if book.errors:
        raise ValueError("\n".join(map(str, book.errors)))
    return book


@dataclass(frozen=True)
class Story:
    """One case; instants are microseconds, books are in force from their moment on, outages leave out their end."""

    shop: ShopConfig
    texts: tuple[tuple[int, Text], ...]
    given: tuple[Given, ...]
    start: int
    until: int
    outages: tuple[tuple[int, int], ...] = ()

    @cached_property
    def books(self) -> tuple[tuple[int, Rulebook], ...]:
        """The rulebooks, each with the moment from which on it is in force."""
        return tuple((at, text.load()) for at, text in self.texts)

    @property
    def names(self) -> list[str]:
        """Everybody, in the order in which the shop heard of them."""
        known = sorted((i for i in self.given if i.kind == "customer"), key=learned_at)
        return list(dict.fromkeys(item.keys["id"] for item in known))

    def of(self, name: str) -> list[Given]:
        """What concerns one customer, in the order in which it is learned."""
        mine = [i for i in self.given if i.keys.get("id" if i.kind == "customer" else "customer") == name]
        return sorted(mine, key=learned_at)


@dataclass(frozen=True, order=True)
class Seen:
    """One decision, or one mail handed over (`sent`), as both sides tell it."""

    at: int
    outcome: str  # send | refuse | expire | hold | sent
    rule: str
    customer: str
    anchor: int  # its moment
    reason: str = ""
