"""What a customer is once somebody has told us something: decided here without touching the store."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.intake.shapes import CustomerIn

SAID = (
    "first_name", "last_name", "gender", "birthday", "phone", "city", "region", "country", "language", "timezone",
    "tags", "attributes",
)  # fmt: skip
ASKABLE = (*SAID, "birth_day", "zone")  # as the tables of customers and their versions have them
EMPTY = (None, "", "[]", "{}")
REDATING = ("zone", "birthday")
ZoneFor = Callable[[str | None, str | None], str]


@dataclass(slots=True, eq=False)
class Person:
    """A customer in the making: as read from the store or new, then told what the request says."""

    id: int
    external_id: str | None
    address_id: int | None
    email: str | None
    source: str | None
    signed_up_at: int
    recorded_at: int
    updated_at: int
    fields: dict[str, Any] = field(default_factory=dict)
    new: bool = False
    touched: bool = False  # something must be written
    was: dict[str, Any] | None = None  # the askable fields before the first change
    until_at: int = 0  # when what it was ended
    left: list[int] = field(default_factory=list)  # mailboxes that were theirs and are not any more
    into: Person | None = None  # a guest who turned out to be this customer
    keys_learned: bool = False  # an id or address that others may have named before

    @property
    def true(self) -> Person:
        """Returns whom this person turned out to be."""
        return self.into.true if self.into else self

    @property
    def guest(self) -> bool:
        """Says whether the shop has given no id."""
        return self.external_id is None

    def learn_fields(self, said: dict[str, Any], version: int, until_at: int, zone_for: ZoneFor) -> None:
        """Takes over the fields: newer ones replace, older ones only fill what is not known."""
        newer = version >= self.updated_at
        fresh = {
            name: value for name, value in said.items()
            if value != self.fields[name] and (newer or self.fields[name] in EMPTY)
        }  # fmt: skip
        if not fresh:
            return
        before = None if self.new or self.was is not None else dict(self.fields)
        self.fields.update(fresh)
        self.fields["zone"] = zone_for(self.fields["country"], self.fields["timezone"])
        self.fields["birth_day"] = birth_day(self.fields["birthday"])
        self.updated_at = max(self.updated_at, version)
        self.touched = True
        if before is not None:
            self.was, self.until_at = before, until_at

    def learn_version(self, version: int | None) -> None:
        """Remembers the shop's own moment of these fields, where it said one."""
        if version is not None and version > self.updated_at:
            self.updated_at, self.touched = version, True

    def learn_address(self, address_id: int, email: str, version: int, until_at: int) -> bool:
        """Moves to a newer address; says whether it did. Which was theirs until then, or is older, is remembered."""
        if address_id == self.address_id:
            return False
        if self.address_id is not None:
            older = version < self.updated_at
            self.left.append(address_id if older else self.address_id)
            self.until_at = self.until_at or until_at
            if older:
                return False
        self.address_id, self.email, self.touched, self.keys_learned = address_id, email, True, True
        return True

    def learn_origin(self, signed_up_at: int, source: str | None) -> bool:
        """Moves the first known moment back, and fills the source; says whether the moment moved."""
        moved = signed_up_at < self.signed_up_at
        if moved:
            self.signed_up_at, self.touched = signed_up_at, True
        if source and not self.source:
            self.source, self.touched = source, True
        return moved

    def redated(self) -> bool:
        """Says whether a change moves due moments that are long past."""
        return self.was is not None and any(self.was[name] != self.fields[name] for name in REDATING)


def birth_day(birthday: str | None) -> int | None:
    """Returns month * 100 + day of YYYY-MM-DD."""
    return int(birthday[5:7]) * 100 + int(birthday[8:10]) if birthday else None


def said_fields(block: CustomerIn, erasing: bool) -> dict[str, Any]:
    """Returns the fields that the block says, as the table keeps them; with `erasing` an explicit null counts.

    In an order's customer block nothing empty counts: a checkout that did not ask does not mean that it is unknown.
    """
    said = {name: _kept(name, getattr(block, name)) for name in block.model_fields_set if name in SAID_SET}
    if erasing:
        return said
    return {name: value for name, value in said.items() if value not in EMPTY}


SAID_SET = frozenset(SAID)


def _kept(name: str, value: Any) -> Any:
    if name in ("tags", "attributes"):
        empty: Any = [] if name == "tags" else {}
        return json.dumps(value or empty, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return value or None


def nobody(zone: str) -> dict[str, Any]:
    """Returns the fields of somebody of whom nothing is known."""
    return {**dict.fromkeys(ASKABLE), "tags": "[]", "attributes": "{}", "zone": zone}
