"""A stable code for every finding, known by how its sentence reads, and what to do where the sentence does not say."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.rulebook.ast import Problem
from engine.rulebook.known_findings import KNOWN

DETAIL = "; "  # a sentence says what is wrong, and often after this what to do about this very case
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding: its name, which stays, and the remedy that holds for all of its kind."""

    name: str
    pattern: re.Pattern[str]
    remedy: str


CODES: tuple[Code, ...] = tuple(
    Code(name, re.compile(pattern, re.DOTALL), remedy) for name, pattern, remedy in KNOWN
)
UNSORTED = Code(OTHER, re.compile(""), "see docs/rules.md")
LETTERS = (".mjml", ".txt")
IN_A_LETTER = Code(
    "template-syntax", re.compile(""), "see docs/templates.md"
)  # Jinja's and MJML's own sentences


def code_of(problem: Problem) -> Code:
    """Returns the kind of a finding; the first that fits its sentence."""
    left = IN_A_LETTER if problem.place.file.endswith(LETTERS) else UNSORTED
    return next((code for code in CODES if code.pattern.match(problem.message)), left)


def remedy_of(problem: Problem) -> str:
    """Returns what to do: what the sentence itself says after its semicolon, else what helps with its kind."""
    said = problem.message.partition(DETAIL)[2]
    return said or code_of(problem).remedy


def advised(problem: Problem) -> str:
    """Returns the sentence with a remedy in it, and its code, as `check` prints it."""
    more = "" if DETAIL in problem.message else f"{DETAIL}{code_of(problem).remedy}"
    return f"{problem}{more} [{code_of(problem).name}]"
