"""Whom a fact names that comes without a customer's own fields: somebody known, or somebody to wait for."""

from __future__ import annotations

from collections.abc import Sequence

from engine.intake import people as meeting
from engine.intake.accepting import Intake
from engine.intake.joining import waiting_key
from engine.intake.people import People
from engine.intake.reading import mailbox
from engine.intake.shapes import Who

Named = tuple[int | None, str]  # the customer, and the key to wait under while there is none


def name_all(intake: Intake, whos: Sequence[Who]) -> tuple[People, list[Named]]:
    """Returns for each name the customer's id, None while unknown, and the key to wait under."""
    boxes = [mailbox(who.email) if who.email else None for who in whos]
    people = meeting.meet(intake, [who.id for who in whos], boxes, make=False)
    return people, [_named(people, who) for who in whos]


def _named(people: People, who: Who) -> Named:
    person = meeting.find(people, who.id, None) if who.id is not None else None
    if person is None and who.email is not None:
        person = meeting.find(people, None, who.email)
    return (person.id if person else None), waiting_key(who.id, who.email)
