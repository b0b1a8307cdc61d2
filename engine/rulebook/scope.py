"""What a reader of one rule or policy may refer to, and where it reports what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.errors import Place
from engine.rulebook.findings import Findings, Refused
from engine.rulebook.nearest import meant
from engine.rulebook.nodes import Mapping as Keys
from engine.rulebook.nodes import Scalar
from engine.rulebook.vocabulary import Vocabulary


@dataclass(slots=True)
class Scope:
    """The words of the server and the names of the rulebook, with the findings so far."""

    vocabulary: Vocabulary
    findings: Findings = field(default_factory=Findings)
    rules: frozenset[str] | None = (
        frozenset()
    )  # every id that is written, of broken rules too; None: do not check
    segments: Mapping[str, Place] = field(default_factory=dict)
    broken_segments: frozenset[str] = frozenset()
    due: bool = False  # whether `due: RULE` may be asked: only in a house rule

    def segment(self, name: str, place: Place) -> str:
        """Takes the name of a segment that exists and could be read."""
        if name not in self.segments:
            raise Refused(place, f"unknown segment {name!r}{meant(name, self.segments)}")
        if name in self.broken_segments:
            raise Refused(place, unusable(name, self.segments))
        return name

    def known_key(self, key: Scalar, known: tuple[str, ...], written: Keys, noun: str = "key") -> str:
        """Takes a key that is known here; the nearest word is sought among those not yet written."""
        if key.text in known:
            return key.text
        left = tuple(word for word in known if word not in written.names)
        raise Refused(key.place, f"unknown {noun} {key.text!r}{meant(key.text, left or known)}")


def unusable(name: str, places: Mapping[str, Place]) -> str:
    """Says that a segment is broken, and where to mend it."""
    return f"segment {name!r} cannot be used until it is mended, at {places[name]}"
