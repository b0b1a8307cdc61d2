"""The server that the rules of these tests are written for, and ways to load one rule."""

from __future__ import annotations

import re
from pathlib import Path

from engine.rulebook.ast import NOWHERE as NOWHERE
from engine.rulebook.ast import Rule, Rulebook
from engine.rulebook.load import load_text
from engine.rulebook.vocabulary import Vocabulary

FURTHER = re.compile(r"^#### (\S+)\n", re.MULTILINE)
SERVER = Vocabulary(
    purposes=("marketing", "newsletter", "contests", "transactional"),
    templates=("lens-refill", "plain", "thank-you", "win-back"),
    shops=("books", "optics"),
    currencies=("EUR", "PLN"),
    variants=dict.fromkeys(("plain", "win-back"), ("a", "b", "c", "whats-new")),
)
VIP = "vip: {orders: '>= 5'}\n"


def load(rules: str, segments: str = VIP, policy: str = "") -> Rulebook:
    """Loads a rulebook of one rule file."""
    files = {"rules/rules.yaml": rules, "rules/segments.yaml": segments, "rules/policy.yaml": policy}
    return load_text(files, SERVER)


def rule(lines: str) -> Rule:
    """Loads one rule from its lines below `rule:`; fails the test where it is broken."""
    indented = "".join(f"  {line}\n" for line in lines.strip().splitlines())
    text = f"- rule: win-back\n{indented}"
    text += "" if "\n  send:" in text else "  send: win-back\n"
    rulebook = load(text)
    assert not rulebook.errors, "\n".join(map(str, rulebook.errors))
    return rulebook.rules["win-back"]


def complaints(rules: str, segments: str = VIP, policy: str = "") -> list[str]:
    """Loads a rulebook and returns its problems as they are printed."""
    return [str(problem) for problem in load(rules, segments, policy).problems]


def bad_files(file: Path) -> dict[str, str]:
    """Reads a file of tests/bad_rules: what its name says it is, and the files that stand below lines of `#### NAME`."""
    first, *further = FURTHER.split(file.read_text("utf-8"))
    kind = file.stem.split("-")[0]
    name = f"{kind}.yaml" if kind in ("segments", "policy") else "rules.yaml"
    return {name: first, **dict(zip(further[::2], further[1::2], strict=True))}
