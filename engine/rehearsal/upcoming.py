"""The minutes in which something can happen: so that a rehearsal of a year need not ask every one of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date

from engine import calendar
from engine.matching.find import View
from engine.matching.moments import due_at, next_occurrence
from engine.matching.sources import NEVER_YET, source
from engine.rulebook.ast import (
    All,
    Any_,
    Compare,
    Condition,
    Duration,
    Every,
    FactTrigger,
    FieldIs,
    HasFact,
    InSegment,
    Measure,
    Not,
    OnDate,
    Rule,
)
from models import Customer, Event, Hold, Order


class Upcoming:
    """Knows the next interesting minute; worked out afresh whenever facts have changed."""

    def __init__(self, view: View, until: int) -> None:
        self.view, self.until = view, until
        self.dues: list[int] = []

    def learn(self) -> None:
        """Looks at all facts again."""
        self.dues = sorted(
            {
                due
                for rule in self.view.rules()
                for zone in self.view.zones()
                for due in self._dues(rule, zone)
            }
        )

    def after(self, now: int) -> int | None:
        """Returns the next minute after `now` in which something falls due or may be released."""
        found = self.dues[bisect_right(self.dues, now) :][:1]
        found += [wake for (wake,) in Hold.select(Hold.wake_at).where(Hold.wake_at > now).tuples()]
        found += self._occurrences(now)
        found += [edge for edge in self._house_edges() if edge > now]
        return min(found) if found else None

    def _occurrences(self, now: int) -> Iterator[int]:
        for rule in self.view.rules():
            if isinstance(rule.trigger, Every | OnDate):
                for zone in self.view.zones():
                    found = next_occurrence(rule.trigger, now, zone)
                    if found is not None:
                        yield found

    def _dues(self, rule: Rule, zone: str) -> Iterable[int]:
        trigger = rule.trigger
        if not isinstance(trigger, FactTrigger) or trigger.pattern.kind in NEVER_YET:
            return []
        return [due_at(trigger, rule.at, anchor, zone) for anchor in self._anchors(trigger, zone)]

    def _anchors(self, trigger: FactTrigger, zone: str) -> Iterator[int]:
        kind = trigger.pattern.kind
        if kind == "birthday":
            yield from self._birthdays(zone)
        elif kind == "anniversary":
            yield from self._anniversaries(zone)
        else:
            src = source(kind)
            for (at,) in src.table.select(src.at).where(src.at.is_null(False)).distinct().tuples():
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

    def _house_edges(self) -> Iterator[int]:
        """Yields when a window of a house rule that holds somebody back may close."""
        held = [c for (c,) in Hold.select(Hold.customer).where(Hold.every_minute == True).tuples()]  # noqa: E712
        if not held:
            return
        windows = [w for rule in self.view.rulebook.policy.house_rules for w in self._windows(rule.condition)]
        ats = [at for (at,) in Order.select(Order.at).where(Order.customer.in_(held)).tuples()]
        ats += [at for (at,) in Event.select(Event.at).where(Event.customer.in_(held)).tuples()]
        for zone in self.view.zones():
            for window in windows:
                for at in ats:
                    yield calendar.shift(at, window.amount, window.unit, zone)

    def _windows(self, condition: Condition) -> Iterator[Duration]:
        """Yields the spans by which time alone can change a condition."""
        if isinstance(condition, All | Any_):
            for part in condition.parts:
                yield from self._windows(part)
        elif isinstance(condition, Not):
            yield from self._windows(condition.part)
        elif isinstance(condition, InSegment):
            yield from self._windows(self.view.rulebook.segments[condition.segment].condition)
        elif isinstance(condition, HasFact | Measure) and condition.within:
            yield condition.within
        elif (
            isinstance(condition, Measure)
            and condition.name == "days_since_order"
            and isinstance(condition.test, Compare)
        ):
            days = int(str(condition.test.value))
            yield from (Duration(days, "days"), Duration(days + 1, "days"))
        elif isinstance(condition, FieldIs) and condition.field == "age":
            yield from (Duration(day, "days") for day in range(1, 8))
