"""A whole explanation as lines, and as plain text for the command line."""

from __future__ import annotations

from collections.abc import Iterator

from engine.rehearsal.explaining.model import Explained
from engine.reports.explained.conditions import Line
from engine.reports.explained.policy import policy_lines
from engine.reports.explained.rules import rule_lines
from engine.reports.explained.voices import Speaker, speaker


def speaker_of(found: Explained, language: str, currency: str) -> Speaker:
    """Returns who tells an explanation, on the customer's own clock as it was at the moment asked about."""
    return speaker(language, found.zone, found.at, currency)


def sections(found: Explained, by: Speaker) -> Iterator[list[Line]]:
    """Yields what belongs together: the head with its notes, each rule, and the policy at the end."""
    yield [Line(by.say("head", who=name_of(found), at=by.say.day(found.at) + ", " + by.say.clock(found.at), zone=found.zone)),
           *(Line(by.say(f"note.{note.code}", at=by.when(note.at)), 1) for note in found.notes)]  # fmt: skip
    yield from (list(rule_lines(rule, by)) for rule in found.rules)
    yield list(policy_lines(found, by))


def name_of(found: Explained) -> str:
    """Names the customer as people and shops do: `Anna Nowak (c1)`."""
    row = found.customer
    named = " ".join(name for name in (row.first_name, row.last_name) if name) or row.email or ""
    key = row.external_id
    return f"{named} ({key})" if named and key else named or key or "–"


def text(found: Explained, by: Speaker) -> str:
    """Writes an explanation as plain text: a paragraph for each section, marks before what was asked."""
    return "\n\n".join("\n".join(_line(line, by) for line in section) for section in sections(found, by))


def _line(line: Line, by: Speaker) -> str:
    mark = f"{by.say(f'mark.{line.mark}')}: " if line.mark else ""
    return f"{'  ' * line.depth}{mark}{line.text}"


def rule_text(found: Explained, by: Speaker) -> Iterator[str]:
    """Yields the lines about the rules alone, for the traces of rule tests."""
    for rule in found.rules:
        yield from (_line(line, by) for line in rule_lines(rule, by))
