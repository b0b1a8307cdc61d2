"""How the loader refuses: a fault ends one value, and the findings go on to the next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from engine.errors import Place, RulebookError
from engine.rulebook.ast import Problem


class Refused(RulebookError):
    """Ends the reading of one value; whoever gathers turns it into a Problem and reads on."""

    def __init__(self, place: Place, message: str) -> None:
        self.at = place
        super().__init__(message, place=place)


@dataclass(slots=True)
class Findings:
    """The problems met so far, each with the rule that it breaks."""

    problems: list[Problem] = field(default_factory=list)
    rule: str | None = None

    def error(self, place: Place, message: str) -> None:
        """Records what keeps something from running."""
        self.problems.append(Problem("error", place, message, self.rule))

    def warning(self, place: Place, message: str) -> None:
        """Records what is legal but surely not meant."""
        self.problems.append(Problem("warning", place, message, self.rule))

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Lets one value be refused without hiding what is wrong with the next."""
        try:
            yield
        except Refused as refused:
            self.error(refused.at, refused.message)

    @property
    def errors(self) -> int:
        """Counts the errors, so that a reader can tell whether its own part was sound."""
        return sum(problem.level == "error" for problem in self.problems)
