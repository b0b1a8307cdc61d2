"""The answers to conditions, sentence by sentence: what was asked, what was there, and when time changes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.rehearsal.explaining.model import Asked, Filter, Said
from engine.reports.explained.phrases import compared, comparison, pattern, subject, value_words
from engine.reports.explained.voices import Speaker
from engine.rulebook.ast import (
    AT_LEAST_ONE,
    All,
    Any_,
    DueIs,
    FactPattern,
    FieldIs,
    HasConsent,
    HasFact,
    InSegment,
    Not,
)
from engine.rulebook.ast import Unknown as IsUnknown

Mark = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence, or a few that belong together: how deep it stands, and whether what it tells of is as wanted."""

    text: str
    depth: int = 0
    mark: Mark | None = None


def condition_lines(
    asked: Asked, by: Speaker, depth: int = 0, wanted: bool = True, dated: bool = True
) -> Iterator[Line]:
    """Says a condition and all that it is made of, from the top.

    `wanted` is False where it had better not hold, `dated` where nothing is told of its future: it was asked long ago.
    """
    text, change = _text(asked, by), _change(asked, by, wanted) if dated else ()
    yield Line(" ".join([text, *change]), depth, mark_of(asked))
    for part in asked.parts:
        yield from condition_lines(part, by, depth + 1, wanted is not isinstance(asked.what, Not), dated)


def mark_of(asked: Asked) -> Mark:
    """Says whether a part of a rule is as the rule wants it; `unless` wants what did not happen."""
    if asked.holds is None:
        return "unknown"
    return "yes" if asked.holds is asked.wanted else "no"


def _text(asked: Asked, by: Speaker) -> str:
    what = asked.what
    if isinstance(what, All | Any_ | Not):
        return by.say(f"condition.{ {All: 'all', Any_: 'any', Not: 'not'}[type(what)] }")
    if isinstance(what, FactPattern):
        return by.say("condition.since" if asked.holds else "condition.not_since", fact=pattern(what, by))
    if isinstance(what, InSegment):
        key = {True: "in_segment", False: "not_in_segment", None: "segment_unknown"}[asked.holds]
        return by.say(f"condition.{key}", segment=what.segment)
    if isinstance(what, DueIs):
        return by.say("condition.due" if asked.holds else "condition.not_due", rule=what.rule)
    if isinstance(what, HasConsent):
        return consent_words(what.purpose, asked.said, asked.holds, by)
    return _leaf(asked, by)


def _leaf(asked: Asked, by: Speaker) -> str:
    what = asked.what
    assert isinstance(what, Filter | FieldIs | HasFact) or hasattr(what, "test")
    if isinstance(what, HasFact) and asked.value is None:
        happened = (asked.holds is True) is (what.times == AT_LEAST_ONE)
        return by.say(
            "condition.happened" if happened else "condition.not_happened", fact=pattern(what.pattern, by)
        )
    test = comparison(compared(what), by)  # type: ignore[arg-type]
    if asked.value is None:
        return by.say("condition.unknown", what=subject(what, by), test=test)  # type: ignore[arg-type]
    return by.say("condition.is", what=subject(what, by), value=value_words(asked, by), test=test)  # type: ignore[arg-type]


def consent_words(purpose: str, said: Said | None, holds: bool | None, by: Speaker) -> str:
    """Says whether somebody agreed to a purpose, since when, and where they said so."""
    if said is None:
        return by.say("condition.has_consent" if holds else "condition.never_agreed", purpose=purpose)
    key = "agreed" if said.granted else "withdrew"
    values = {"purpose": purpose, "at": by.when(said.at)}
    if said.source:
        return by.say(f"condition.{key}_source", source=by.source(said.source), **values)
    return by.say(f"condition.{key}", **values)


def _change(asked: Asked, by: Speaker, wanted: bool) -> Iterator[str]:
    """Says when time alone changes an answer; of what is as it should be and stays so, nothing."""
    what = asked.what
    if asked.changes_at is not None:
        yield by.say("condition.until" if asked.holds else "condition.from", at=by.when(asked.changes_at))
    elif (
        wanted and not asked.holds and not asked.parts and not isinstance(what, FactPattern | Filter | DueIs)
    ):
        unknown = isinstance(what, FieldIs) and isinstance(what.test, IsUnknown)
        yield from [] if unknown else [by.say("condition.never")]
