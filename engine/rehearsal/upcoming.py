"""The minutes in which something can happen: so that a rehearsal of a year need not ask every one of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from peewee import fn

from engine import calendar
from engine.matching.edges import edges
from engine.matching.members import changed_membership
from engine.matching.moments import due_at, next_occurrence
from engine.matching.sources import source
from engine.matching.view import View
from engine.prepared import Kept, prepared
from engine.rehearsal.edges import house_edges
from engine.rulebook.ast import Every, FactTrigger, Membership, OnDate, Rule
from models import Customer, Hold, Order

KEPT = Kept()


def _moments(kind: str) -> Any:
    """Lists when each fact of a kind happened."""
    src = source(kind)
    return src.table.select(src.at).where(src.at.is_null(False)).distinct()


@prepared
def _wakes(now: Any) -> Any:
    return Hold.select(fn.MIN(Hold.wake_at)).where(Hold.wake_at > now)


class Upcoming:
    """Knows the next interesting minute; worked out afresh whenever facts have changed."""

    def __init__(self, view: View, until: int) -> None:
        self.view, self.until = view, until
        self.dues: list[int] = []

    def learn(self) -> None:
        """Looks at all facts again."""
        zones = self.view.zones()
        self.dues = sorted(
            {due for rule in self.view.rules() for zone in zones for due in self._dues(rule, zone)}
        )

    def after(self, now: int) -> int | None:
        """Returns the next minute after `now` in which something falls due or may be released."""
        found = self.dues[bisect_right(self.dues, now) :][:1]
        found += [wake for (wake,) in _wakes(now) if wake is not None]
        found += self._occurrences(now)
        found += house_edges(self.view, now)
        return min(found) if found else None

    def _occurrences(self, now: int) -> Iterator[int]:
        rules = [rule for rule in self.view.rules() if isinstance(rule.trigger, Every | OnDate)]
        for zone in self.view.zones() if rules else ():
            for rule in rules:
                found = next_occurrence(rule, now, zone)
                if found is not None:
                    yield found

    def _dues(self, rule: Rule, zone: str) -> Iterable[int]:
        trigger = rule.trigger
        if isinstance(trigger, Membership):
            return self._changes(trigger, rule, zone)
        if not isinstance(trigger, FactTrigger):
            return []
        return [due_at(trigger, rule.at, anchor, zone) for anchor in self._anchors(trigger, zone)]

    def _changes(self, trigger: Membership, rule: Rule, zone: str) -> Iterator[int]:
        """Yields when somebody may enter or leave, and when what has been told of it falls due."""
        condition = self.view.rulebook.segments[trigger.segment].condition
        yield from (moment for _, moment in edges(self.view, condition, self.view.now, self.until))
        told = FactTrigger(changed_membership(trigger))
        yield from (due_at(told, rule.at, anchor, zone) for anchor in self._anchors(told, zone))

    def _anchors(self, trigger: FactTrigger, zone: str) -> Iterator[int]:
        kind = trigger.pattern.kind
        if kind == "birthday":
            yield from self._birthdays(zone)
        elif kind == "anniversary":
            yield from self._anniversaries(zone)
        else:
            for (at,) in KEPT.get(kind, lambda: _moments(kind)).run(()):  # type: ignore[union-attr]
                yield at

    def _birthdays(self, zone: str) -> Iterator[int]:
        first, last = calendar.local(self.view.now, zone).year - 1, calendar.local(self.until, zone).year + 1
        for (birthday,) in (
            Customer.select(Customer.birthday).where(Customer.birthday.is_null(False)).tuples()
        ):
            for year in range(first, last + 1):
                yield calendar.at_clock_time(calendar.yearly(date.fromisoformat(birthday), year), 0, zone)

    def _anniversaries(self, zone: str) -> Iterator[int]:
        last = calendar.local(self.until, zone).year
        for (at,) in Order.select(Order.at).tuples():
            for years in range(1, last - calendar.local(at, zone).year + 2):
                yield calendar.shift(at, years, "years", zone)
