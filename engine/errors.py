"""The one tree of errors: each names the place and the remedy, and carries what it knows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Points at a character of a file, counted from 1 as editors do."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class RegularsError(Exception):
    """Carries a sentence for a person; every error that Regulars raises on purpose is one."""

    exit_code = 2

    def __init__(self, message: str, *, place: Place | None = None, remedy: str | None = None) -> None:
        self.message, self.place, self.remedy = message, place, remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        what_to_do = f"; {self.remedy}" if self.remedy else ""
        return f"{where}{self.message}{what_to_do}"


class ConfigError(RegularsError):
    """Says which setting of config.yaml cannot be used, and what would do."""


class RelayError(ConfigError):
    """Says why a relay is not to be trusted with mail, or does not let us in; the mail stays queued meanwhile."""


class RulebookError(RegularsError):
    """Says which rule, segment, policy or test file cannot be read, and where."""


class StoreError(RegularsError):
    """Says why the database cannot serve: missing, too new, locked, read-only or full."""


class UsageError(RegularsError):
    """Says how a command was called wrongly."""


class IntakeError(RegularsError):
    """Lists what is wrong with something a shop sent: (JSON pointer, detail) pairs."""

    def __init__(self, message: str, problems: list[tuple[str, str]]) -> None:
        self.problems = problems
        super().__init__(message)


class TemplateFault(RegularsError):
    """Says which template cannot be rendered, for whom, and at which line."""


class PolicyFault(RegularsError):
    """Says that a customer's decisions could not be made; nothing is sent to that customer."""


class LeaseLost(RegularsError):
    """Says that another node took over; the transaction that raised it has been rolled back."""
