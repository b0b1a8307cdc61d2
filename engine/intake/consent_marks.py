"""The consent that comes with a customer or an order, as lines of the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from engine.consent.ledger import Entry, append
from engine.intake.accepting import Intake
from engine.intake.person import Person
from engine.intake.shapes import CustomerIn


def write_marks(intake: Intake, told: Sequence[tuple[Person, CustomerIn, int]]) -> list[bool]:
    """Enters what the customers said of consent; says of each block whether it changed anything.

    The third of each is when it was said, where the mark itself does not tell. Nobody consents in the future.
    """
    entries: list[Entry] = []
    whose: list[int] = []
    for index, (person, block, said_at) in enumerate(told):
        for purpose, mark in sorted(block.consent.items()):
            at = min(said_at if mark.at is None else mark.at, intake.now)
            learned = intake.learned(at)
            entries.append(
                Entry(
                    person.id,
                    purpose,
                    mark.granted,
                    at,
                    learned,
                    mark.source or None,
                    mark.wording,
                    dated=mark.at is not None,
                )
            )
            whose.append(index)
    if not entries:
        return [False] * len(told)
    written = append(intake.store, intake.shop_id, entries, intake.now)
    for entry, new in zip(entries, written, strict=True):
        if new and entry.customer_id is not None:
            intake.changes.add((entry.customer_id, entry.at))
    changed = {index for index, new in zip(whose, written, strict=True) if new}
    return [index in changed for index in range(len(told))]
