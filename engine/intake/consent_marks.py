"""The consent that comes with a customer or an order, as lines of the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.consent.kinds import JOINED
from engine.consent.ledger import Entry, append
from engine.intake.accepting import Intake
from engine.intake.consent_kinds import entry_of
from engine.intake.person import Person
from engine.intake.shapes import CustomerIn


def write_marks(
    intake: Intake, told: Sequence[tuple[Person, CustomerIn, int]], sold: bool = False
) -> list[bool]:
    """Enters what the customers said of consent; says of each block whether it changed anything.

    The third of each is when it was said, where the mark itself does not tell. Nobody consents in the future. `sold`
    says that they said so when they bought.
    """
    entries: list[Entry] = list(_joined(intake))
    whose: list[int] = [-1] * len(entries)
    for index, (person, block, said_at) in enumerate(told):
        for purpose, mark in sorted(block.consent.items()):
            at = said_at if mark.at is None else mark.at
            entries.append(entry_of(intake, person.id, purpose, mark, at, sold))
            whose.append(index)
    if not entries:
        return [False] * len(told)
    written = append(intake.store, intake.shop_id, entries, intake.now)
    for entry, new in zip(entries, written, strict=True):
        if new and entry.customer_id is not None:
            intake.changes.add((entry.customer_id, entry.at))
    changed = {index for index, new in zip(whose, written, strict=True) if new}
    return [index in changed for index in range(len(told))]


def _joined(intake: Intake) -> Iterator[Entry]:
    """Says of guests who turned out to be customers whose lines are theirs now, so that the chain still fits."""
    for guest, customer in intake.joined:
        at = intake.learned(intake.now)
        yield Entry(customer, JOINED, True, intake.now, at, detail=str(guest))
    intake.joined.clear()
