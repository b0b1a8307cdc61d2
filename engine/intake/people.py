"""Finds or makes the customers that a request names: by the shop's id, else by address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engine import bulk
from engine.intake.accepting import Intake, unique
from engine.intake.addresses import address_ids
from engine.intake.person import ASKABLE, Person, nobody, said_fields
from engine.intake.reading import mailbox
from engine.intake.shapes import CustomerIn
from models import Customer

OWN = ("id", "external_id", "address_id", "email", "source", "signed_up_at", "recorded_at", "updated_at")
COLUMNS = (*OWN, *ASKABLE)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one item of a request says about a customer, and how old that is."""

    block: CustomerIn
    version: int  # how new the fields are
    first_at: int  # the first moment that this item proves
    said_version: int | None = None  # the shop's own moment of these fields, where it said one
    erasing: bool = False  # an explicit null erases


@dataclass(slots=True)
class People:
    """The customers of one request, found by id and by address."""

    intake: Intake
    addresses: dict[str, int] = field(default_factory=dict)
    by_id: dict[str, Person] = field(default_factory=dict)
    by_address: dict[int, list[Person]] = field(default_factory=dict)
    fresh: list[Person] = field(default_factory=list)
    merges: list[tuple[Person, Person]] = field(default_factory=list)

    @property
    def everybody(self) -> list[Person]:
        """Lists each person once, whoever is found in two ways."""
        found = list(self.by_id.values()) + [p for people in self.by_address.values() for p in people]
        return list({id(person): person for person in found}.values())


def meet(
    intake: Intake, ids: Sequence[str | None], mailboxes: Sequence[str | None], make: bool = True
) -> People:
    """Reads everybody whom these ids and mailboxes may mean; locks their addresses, and makes those if told."""
    people = People(intake, address_ids(intake, mailboxes, make))
    rows = bulk.fetch(intake.store, Customer, COLUMNS, "external_id", unique(ids), intake.shop_id, lock=True)
    at_home = {
        (row[1], row[2]) for row in rows
    }  # known by id, and living where they say: nobody else can be meant
    said = [(name, people.addresses.get(box or "")) for name, box in zip(ids, mailboxes, strict=True)]
    asked = unique(address for name, address in said if (name, address) not in at_home)
    rows += bulk.fetch(intake.store, Customer, COLUMNS, "address_id", asked, intake.shop_id, lock=True)
    for row in {row[0]: row for row in rows}.values():
        _remember(people, _person(row))
    return people


def _person(row: tuple[Any, ...]) -> Person:
    own = len(OWN)
    person = Person(*row[:own])
    person.fields = dict(zip(ASKABLE, row[own:], strict=True))
    return person


def _remember(people: People, person: Person) -> None:
    if person.external_id is not None:
        people.by_id[person.external_id] = person
    if person.address_id is not None:
        people.by_address.setdefault(person.address_id, []).append(person)


def see(intake: Intake, sightings: Sequence[Sighting]) -> tuple[People, list[Person]]:
    """Tells the customers what the sightings say of them; returns all, and who each sighting is (ask `.true`)."""
    blocks = [sighting.block for sighting in sightings]
    people = meet(intake, [b.id for b in blocks], [mailbox(b.email) if b.email else None for b in blocks])
    return people, [_told(people, sighting) for sighting in sightings]


def find(people: People, external_id: str | None, email: str | None) -> Person | None:
    """Returns whom an id or an address means: at one address those with an id come first, then who came first."""
    if external_id is not None:
        return people.by_id.get(external_id)
    here = people.by_address.get(people.addresses.get(mailbox(email or ""), 0), [])
    return min(here, key=lambda person: (person.guest, person.id or 2**63, id(person))) if here else None


def _told(people: People, sighting: Sighting) -> Person:
    intake, block = people.intake, sighting.block
    person = find(people, block.id, block.email) or _taken_over(people, block) or _newcomer(people, sighting)
    zone_for = _zones(intake)
    until_at = intake.learned(sighting.version)
    address_id = people.addresses[mailbox(block.email)] if block.email else None
    old = person.address_id
    if address_id is not None and person.learn_address(
        address_id, block.email or "", sighting.version, until_at
    ):
        _moved(people, person, old, address_id)
    person.learn_fields(said_fields(block, sighting.erasing), sighting.version, until_at, zone_for)
    person.learn_version(sighting.said_version)
    if person.learn_origin(block.signed_up_at or sighting.first_at, block.source) and not person.new:
        intake.changes.add((person.id, person.signed_up_at))
    return person


def _zones(intake: Intake) -> Any:
    return lambda country, said: intake.config.zone_for(intake.shop, country, said)


def _taken_over(people: People, block: CustomerIn) -> Person | None:
    """A guest of the address gets the id that is told only now."""
    if block.id is None or not block.email:
        return None
    for guest in people.by_address.get(people.addresses[mailbox(block.email)], []):
        if guest.guest and guest.into is None:
            guest.external_id, guest.touched, guest.keys_learned = block.id, True, True
            people.by_id[block.id] = guest
            return guest
    return None


def _newcomer(people: People, sighting: Sighting) -> Person:
    intake, block = people.intake, sighting.block
    address_id = people.addresses[mailbox(block.email)] if block.email else None
    first_at = block.signed_up_at or sighting.first_at
    fields = nobody(intake.config.zone_for(intake.shop, None, None))
    learned, version = intake.learned(first_at), sighting.version
    person = Person(0, block.id, address_id, block.email, block.source, first_at, learned, version, fields)
    person.new = person.touched = person.keys_learned = True
    _remember(people, person)
    people.fresh.append(person)
    return person


def _moved(people: People, person: Person, old: int | None, address_id: int) -> None:
    """Whoever moves to the address of a guest turns out to be that guest."""
    if old is not None and person in people.by_address.get(old, []):
        people.by_address[old].remove(person)
    here = people.by_address.setdefault(address_id, [])
    for guest in [other for other in here if other.guest and other is not person and not person.guest]:
        guest.into = person
        here.remove(guest)
        people.merges.append((guest, person))
    if person not in here:
        here.append(person)
