"""Customers and addresses as they stood: copies of both, where they have changed since, moved along with the clock."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from engine import bulk
from engine.consent.suppression_then import LIFTED, lines, stopped_at, stopped_since
from engine.matching.view import chunks
from engine.rehearsal.backtest.scratch import Scratch
from models import Address, Customer, CustomerVersion
from models.people import CustomerFields

FIELDS = tuple(f for f in CustomerFields._meta.sorted_field_names if f != "id")
REDATING = ("zone", "birthday")
Version = tuple[Any, ...]  # customer, until_at, then FIELDS


@dataclass(slots=True)
class Stood:
    """Moves the copied customers from version to version; a store without former versions needs no copy."""

    scratch: Scratch
    shop_id: int
    ends: deque[tuple[int, int]] = field(default_factory=deque)  # until_at, customer: in order, still to come
    redated: set[tuple[int, int]] = field(default_factory=set)  # those that move due moments
    stops: deque[tuple[int, int, bool]] = field(default_factory=deque)  # when, address, stopped or let go

    def begin(self, start: int, until: int) -> None:
        """Copies the customers as of `start` where some have changed since; done once, before the first day."""
        if not self.scratch.owns("customer") and self._changed_since(start):
            self.scratch.adopt(Customer, f"shop_id = {self.shop_id}")
            self._set({row[0] for row in self._versions(start)}, start)
        if not self.scratch.owns("address") and stopped_since(start):
            self.scratch.adopt(Address)
            Address.update(suppressed_at=None).where(Address.suppressed_at > start).execute()
            for address, at in stopped_at(start).items():
                Address.update(suppressed_at=at).where(Address.id == address).execute()

    def go_on(self, after: int, until: int) -> None:
        """Lists the versions that end in (after, until], and the addresses that are stopped then."""
        if self.scratch.owns("address"):
            self.stops = deque(self._stops(after))
        if not self.scratch.owns("customer"):
            return
        rows = [row for row in self._versions(after) if row[1] <= until]
        self.ends = deque(sorted((row[1], row[0]) for row in rows))
        following = self._following(after)
        for customer, until_at, *fields in rows:
            if _redating(fields) != _redating(following[customer, until_at]):
                self.redated.add((until_at, customer))

    def move_to(self, now: int) -> None:
        """Gives the customers the fields that they had at `now`, and stops the addresses that were stopped by then."""
        while self.stops and self.stops[0][0] <= now:
            at, address, stopped = self.stops.popleft()
            Address.update(suppressed_at=at if stopped else None).where(Address.id == address).execute()
        moved = set()
        while self.ends and self.ends[0][0] <= now:
            moved.add(self.ends.popleft()[1])
        if moved:
            self._set(moved, now)

    def _stops(self, after: int) -> list[tuple[int, int, bool]]:
        """Lists when addresses were stopped and let go, from their story; one without a story was stopped once."""
        without = f"not exists (select 1 from {self.scratch.facts}.suppression s where s.address_id = a.id)"
        once = f"select suppressed_at, id from {self.scratch.facts}.address a where suppressed_at > {after} and {without}"
        found = [(at, address, True) for at, address in bulk.run(self.scratch.store, once)]
        return sorted(found + [(at, address, act != LIFTED) for address, at, act in lines(after)])

    def _changed_since(self, start: int) -> bool:
        return CustomerVersion.select().where(CustomerVersion.until_at > start).first() is not None

    def _versions(self, after: int) -> list[Version]:
        columns = [
            CustomerVersion.customer,
            CustomerVersion.until_at,
            *(getattr(CustomerVersion, f) for f in FIELDS),
        ]
        rows = CustomerVersion.select(*columns).where(CustomerVersion.until_at > after)
        return list(rows.order_by(CustomerVersion.until_at, CustomerVersion.id).tuples())

    def _following(self, after: int) -> dict[tuple[int, int], list[Any]]:
        """Returns what came after each version: the next one, else what the customer is today."""
        chains: dict[int, list[Version]] = {}
        for row in self._versions(after):
            chains.setdefault(row[0], []).append(row)
        today = self._today(set(chains))
        return {
            (customer, row[1]): list(chain[place + 1][2:] if place + 1 < len(chain) else today[customer])
            for customer, chain in chains.items()
            for place, row in enumerate(chain)
        }

    def _today(self, customers: set[int]) -> dict[int, Version]:
        names = ", ".join(f'"{f}"' for f in ("id", *FIELDS))
        found: dict[int, Version] = {}
        for some in chunks(sorted(customers)):
            them = ", ".join(map(str, some))
            rows = bulk.run(
                self.scratch.store, f"select {names} from {self.scratch.facts}.customer where id in ({them})"
            )
            found |= {row[0]: row[1:] for row in rows}
        return found

    def _set(self, customers: set[int], now: int) -> None:
        today, rows = self._today(customers), []
        then: dict[int, Version] = {}
        for some in chunks(sorted(customers)):
            for row in (
                CustomerVersion.select(
                    CustomerVersion.customer, *(getattr(CustomerVersion, f) for f in FIELDS)
                )
                .where(CustomerVersion.customer.in_(some) & (CustomerVersion.until_at > now))
                .order_by(CustomerVersion.until_at.desc(), CustomerVersion.id.desc())
                .tuples()
            ):
                then[row[0]] = row[1:]
        for customer in sorted(customers):
            if customer in today:
                rows.append((*_written(then.get(customer, today[customer])), customer))
        bulk.update(self.scratch.store, Customer, FIELDS, rows)


def _written(fields: Version) -> list[Any]:
    """Turns lists and mappings into the text that is kept."""
    written = []
    for name, value in zip(FIELDS, fields, strict=True):
        kept = getattr(Customer, name).db_value(value) if isinstance(value, list | dict) else value
        written.append(kept)
    return written


def _redating(fields: Any) -> tuple[Any, ...]:
    return tuple(fields[FIELDS.index(name)] for name in REDATING)
