"""What somebody probably meant: the nearest of the known words."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

CLOSE = 0.5
SHOWN = 12


def _likeness(word: str, known: str) -> float:
    return SequenceMatcher(None, word.casefold()[:80], known.casefold()).ratio()


def nearest(word: str, known: Iterable[str]) -> tuple[str, float] | None:
    """Returns the most similar known word and how alike they are (0 to 1), or None where nothing is known."""
    ranked = [(_likeness(word, each), each) for each in known]
    if not ranked:
        return None
    likeness, best = max(ranked, key=lambda pair: (pair[0], -len(pair[1])))
    return best, likeness


def meant(word: str, known: Iterable[str]) -> str:
    """Ends a message about an unknown word: `; did you mean 'who'?`, or the words that there are."""
    words = sorted(set(known))
    found = nearest(word, words)
    if found is None:
        return "; there is none yet"
    best, likeness = found
    if likeness >= CLOSE:
        return f"; did you mean {best!r}?"
    if len(words) <= SHOWN:
        return f"; known: {', '.join(words)}"
    return f"; the nearest known one is {best!r}"


def article(noun: str) -> str:
    """Puts `a` or `an` before a noun."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"
