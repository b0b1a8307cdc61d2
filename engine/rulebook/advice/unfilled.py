"""Warnings about what `who` may ask, and nothing fills yet: it is unknown of everybody."""

from __future__ import annotations

from collections.abc import Iterator

from engine.rulebook.ast import Condition, FieldIs, Unknown
from engine.rulebook.vocabulary import NOT_YET_KNOWN
from engine.rulebook.walk import leaves


def asked_in_vain(condition: Condition | None, asker: str) -> Iterator[tuple[FieldIs, str]]:
    """Yields each leaf of a condition whose field nobody has, and what that makes of it; `asker` names whose it is."""
    for leaf in leaves(condition):
        if isinstance(leaf, FieldIs) and leaf.field in NOT_YET_KNOWN:
            everybody = isinstance(leaf.test, Unknown)
            so = "matches everybody, and its not nobody" if everybody else "matches nobody, nor does its not"
            yield leaf, f"{asker} asks for {leaf.field}, which nothing fills yet: being unknown, this {so}"
