"""Consents and withdrawals that a shop reports by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine import bulk
from engine.config import Config
from engine.consent.ledger import Entry, append
from engine.intake.accepting import Accepted, Intake, announce, begin
from engine.intake.checking import CONSENTS
from engine.intake.consent_kinds import entry_of
from engine.intake.naming import Named, name_all
from engine.intake.people import People
from engine.intake.reading import mailbox
from engine.intake.shapes import ConsentIn
from engine.store import Store
from models import Shop


def accept_consents(
    store: Store,
    config: Config,
    shop_row: Shop,
    consents: Sequence[Any],
    now: int,
    history: bool = False,
    in_list: bool = True,
) -> Accepted:
    """Enters the consents into the ledger; raises IntakeError with every problem and writes nothing then."""
    intake = begin(store, config, shop_row, now, history)
    items = CONSENTS.check_all(consents, intake.reading, in_list)
    return bulk.in_transaction(store, lambda: write(intake, items))


def write(intake: Intake, items: Sequence[ConsentIn], raws: object = None) -> Accepted:
    """Writes checked consents, inside a transaction; one that names an address speaks for everybody who shares it."""
    intake.changes.clear()
    bulk.lock_shop(intake.store, intake.shop_id, bulk.ALONE)
    people, named = name_all(intake, [item.customer for item in items])
    entries: list[Entry] = []
    whose: list[int] = []
    for index, (item, name) in enumerate(zip(items, named, strict=True)):
        own = _entries(intake, people, item, name)
        entries += own
        whose += [index] * len(own)
    written = append(intake.store, intake.shop_id, entries, intake.now)
    for entry, new in zip(entries, written, strict=True):
        if new and entry.customer_id is not None:
            intake.changes.add((entry.customer_id, entry.at))
    announce(intake)
    changed = {index for index, new in zip(whose, written, strict=True) if new}
    return Accepted(tuple("accepted" if index in changed else "unchanged" for index in range(len(items))))


def _entries(intake: Intake, people: People, item: ConsentIn, name: Named) -> list[Entry]:
    at = intake.now if item.at is None else item.at
    if name[0] is None:
        return [entry_of(intake, None, item.purpose, item, at, external=name[1])]
    if item.customer.id is not None or item.customer.email is None:
        return [entry_of(intake, name[0], item.purpose, item, at)]
    sharing = people.by_address.get(people.addresses[mailbox(item.customer.email)], [])
    return [entry_of(intake, person.id, item.purpose, item, at) for person in sharing]
