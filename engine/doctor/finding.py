"""What the doctor says of one thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one thing; a warning or a problem says what to do."""

    level: Level
    about: str  # config, home, disk, store, clock, rules, templates, relay, spf, dkim, dmarc, probe, …
    said: str
    remedy: str = ""

    def __str__(self) -> str:
        to_do = f"; {self.remedy}" if self.remedy else ""
        return f"{self.level:7}  {self.about:9}  {self.said}{to_do}"


def ok(about: str, said: str) -> Finding:
    """Says that something is as it should be."""
    return Finding("ok", about, said)
