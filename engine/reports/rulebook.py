"""The rulebook as it was last published, read from the store, so that pages need no folder of rules."""

from __future__ import annotations

from functools import lru_cache

from engine.config import Config
from engine.rulebook.ast import Rulebook
from engine.rulebook.load import load_text
from engine.rulebook.versions import newest
from engine.rulebook.vocabulary import Vocabulary
from models import RulebookVersion


def published(config: Config) -> Rulebook:
    """Returns the newest published rulebook; an empty one before the first."""
    last = newest()
    return version(last.digest, config.all_purposes()) if last else Rulebook()


@lru_cache(maxsize=8)
def version(digest: str, purposes: tuple[str, ...]) -> Rulebook:
    """Returns the rulebook of a digest, as it was published; an empty one where it is no longer kept."""
    row = RulebookVersion.get_or_none(RulebookVersion.digest == digest)
    return load_text(row.text, Vocabulary(purposes=purposes)) if row else Rulebook()


def text_of(book: Rulebook, rule: str) -> tuple[str, str]:
    """Returns the file in which a rule stands and its own lines of YAML; empty where it is not known."""
    found = book.rules.get(rule)
    if found is None or found.place.file not in book.text:
        return "", ""
    lines = book.text[found.place.file].splitlines()
    first = found.place.line - 1
    while first > 0 and not lines[first].lstrip().startswith("- "):
        first -= 1
    indent = len(lines[first]) - len(lines[first].lstrip())
    last = first + 1
    while last < len(lines) and not _ends(lines[last], indent):
        last += 1
    return found.place.file, "\n".join(line[indent:] for line in lines[first:last]).rstrip()


def _ends(line: str, indent: int) -> bool:
    """Says whether a line begins something that no longer belongs to the rule above it."""
    return bool(line.strip()) and len(line) - len(line.lstrip()) <= indent
