"""How explanations are spoken: a language, the customer's own clock, and the shop's money."""

from __future__ import annotations

from dataclasses import dataclass

from engine.reports.voice import Voice
from engine.reports.words import catalogue

LANGUAGES = ("en", "pl", "uk")


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says the words of an explanation, and those that the console has already for reasons and states."""

    say: Voice
    console: Voice
    currency: str

    def source(self, source: str | None) -> str:
        """Names where somebody said something; what a shop calls a source stays as it is."""
        return self.say.known(f"source.{source}", source or "")

    def when(self, at: int | None) -> str:
        """Writes a moment on the customer's own clock."""
        return self.say.when(at)


def speaker(language: str, zone: str, now: int, currency: str) -> Speaker:
    """Returns who speaks a language about one customer's time."""
    return Speaker(
        Voice(catalogue("explain"), language, zone, now), Voice(catalogue("console"), language, zone, now), currency
    )  # fmt: skip
