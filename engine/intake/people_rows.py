"""Writes what was learned of customers: rows, former versions, zones in use, and what had been waiting for them."""

from __future__ import annotations

from operator import attrgetter, itemgetter
from typing import Any

from engine import bulk
from engine.intake.accepting import REDATES, Intake
from engine.intake.joining import join_waiting, merge
from engine.intake.people import COLUMNS, OWN, People
from engine.intake.person import ASKABLE, Person
from models import Customer, CustomerVersion, ZoneInUse

CHANGEABLE = tuple(column for column in OWN if column not in ("id", "recorded_at"))
VERSION = ("customer_id", "recorded_at", "until_at", "address_id", *ASKABLE)
_own, _changeable, _askable = attrgetter(*OWN), attrgetter(*CHANGEABLE), itemgetter(*ASKABLE)


def give_ids(people: People) -> None:
    """Gives the new customers their ids, so that what belongs to them can be written in the same breath."""
    people.fresh = [person for person in people.fresh if person.into is None]
    for person, number in zip(
        people.fresh, bulk.allocate(people.intake.store, Customer, len(people.fresh)), strict=True
    ):
        person.id = number


def write_people(people: People) -> None:
    """Writes everybody who is new or changed; queues what that makes visible."""
    intake, store = people.intake, people.intake.store
    changed = [person for person in people.everybody if person.touched and not person.new]
    rows = [(*_own(person), *_askable(person.fields), intake.shop_id) for person in people.fresh]
    bulk.insert(store, Customer, (*COLUMNS, "shop_id"), rows)
    _keep_versions(intake, [person for person in changed if person.was is not None or person.left])
    _keep_versions(intake, [person for person in people.fresh if person.left])
    for guest, person in people.merges:
        if not guest.new:
            merge(intake, guest.id, person.id)
    bulk.update(
        store,
        Customer,
        (*CHANGEABLE, *ASKABLE),
        [(*_changeable(person), *_askable(person.fields), person.id) for person in changed],
    )
    _note_zones(intake, {person.fields["zone"] for person in people.fresh + changed})
    join_waiting(
        intake, [person for person in people.fresh + changed if person.keys_learned and person.into is None]
    )
    _announce(intake, people.fresh, changed)


def _announce(intake: Intake, fresh: list[Person], changed: list[Person]) -> None:
    for person in fresh:
        intake.changes.add((person.id, person.signed_up_at))
    for person in changed:
        if person.was is not None:
            intake.changes.add((person.id, REDATES if person.redated() else intake.now))
            if person.was["zone"] != person.fields["zone"]:
                intake.moved.add(person.id)
        elif person.keys_learned:
            intake.changes.add((person.id, intake.now))


def _keep_versions(intake: Intake, changed: list[Person]) -> None:
    """Keeps what they were, and their former mailboxes; a version counts from the end of the one before it."""
    if not changed:
        return
    columns = ("customer_id", "until_at", "address_id")
    ends = bulk.fetch(
        intake.store, CustomerVersion, columns, "customer_id", [person.id for person in changed]
    )
    since = {person.id: person.recorded_at for person in changed}
    for customer, until_at, _ in ends:
        since[customer] = max(since[customer], until_at)
    known = {(customer, address) for customer, _, address in ends}
    rows = [
        (person.id, min(since[person.id], person.until_at), person.until_at, address, *_askable(_was(person)))
        for person in changed
        for address in _former_mailboxes(person, known)
    ]
    bulk.insert(intake.store, CustomerVersion, VERSION, rows)


def _was(person: Person) -> dict[str, Any]:
    return person.fields if person.was is None else person.was


def _former_mailboxes(person: Person, known: set[tuple[int, int | None]]) -> list[int | None]:
    """Lists, a version each, the mailboxes that are not kept yet; None where the fields alone changed."""
    left = sorted({box for box in person.left if box != person.address_id and (person.id, box) not in known})
    return [*left] or ([None] if person.was is not None else [])


def _note_zones(intake: Intake, zones: set[str]) -> None:
    """Remembers in which zones customers live; asked of the store, since a kept answer may have been rolled back."""
    if not zones:
        return
    known = {row[0] for row in bulk.fetch(intake.store, ZoneInUse, ("zone",), "shop_id", [intake.shop_id])}
    missing = sorted(zones - known)
    bulk.insert(
        intake.store,
        ZoneInUse,
        ("shop_id", "zone"),
        [(intake.shop_id, zone) for zone in missing],
        ignore=True,
    )
