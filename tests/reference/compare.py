"""One case on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from engine.store import Store
from tests.reference import engine_side
from tests.reference.kinds import kinds_of
from tests.reference.play import Reference
from tests.reference.story import Seen, Story
from tests.reference.written import shown, written


@dataclass(frozen=True)
class Compared:
    """What both sides say of a case."""

    story: Story
    reference: list[Seen]
    engine: list[Seen]
    kinds: frozenset[str]

    @property
    def same(self) -> bool:
        """Says whether they agree in every decision, first hold and mail."""
        return self.reference == self.engine

    def report(self, why: str = "") -> str:
        """The case as a file to play again, and where the two differ."""
        both = sorted(set(self.reference) | set(self.engine))
        sides = {(True, True): "both     ", (True, False): "reference", (False, True): "engine   "}
        lines = [f"#   {sides[one in self.reference, one in self.engine]} {shown(one)}" for one in both]
        return written(self.story, why, self.reference) + "\n".join(lines)


def compare(story: Story, store: Store | None = None) -> Compared:
    """Lets both tell the story; `store` must be empty, by default it is SQLite in memory."""
    reference = Reference(story)
    told = reference.tell()
    return Compared(story, told, engine_side.tell(story, store), frozenset(kinds_of(story, reference, told)))


@contextmanager
def taken_back(store: Store) -> Iterator[Store]:
    """Lends a store in a transaction that is taken back, so that the next case finds it empty."""
    with store.use(), store.transaction() as transaction:
        yield store
        transaction.rollback()
