"""When time alone changes an answer: the moments at which it may, each asked of the store as if it were there already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from engine import calendar
from engine.clock import DAY, HOUR, MINUTE
from engine.matching.edges import numbers
from engine.matching.scope import Scope
from engine.matching.sources import PREDICTED, source
from engine.rehearsal.explaining.conditions import ask_customer, flat, nodes, parts_of
from engine.rehearsal.explaining.model import Asked, Filter
from engine.rulebook.ast import Condition, Duration, FactPattern, FieldIs, HasFact, Measure

MOST_FACTS, MOST_MOMENTS = 200, 32
NIGHT = 3 * HOUR  # no clock change moves anything farther
YEAR = Duration(1, "years")


@dataclass(slots=True)
class Changes:
    """One customer's moments: facts leave windows, days pass, birthdays come."""

    customer: Any
    scope: Scope
    facts: dict[str, list[int]] = field(default_factory=dict)

    def dated(self, asked: Asked | None) -> Asked | None:
        """Returns an answer with the moment at which each of its parts begins or ceases to hold if nothing else happens."""
        if asked is None or isinstance(asked.what, Filter | FactPattern):
            return asked
        found: dict[int, tuple[int, bool | None]] = {}
        for at in self.moments(asked.what):
            then = ask_customer(asked.what, self.customer, self.scope.at(at))
            for part, later in zip(flat(asked), flat(then), strict=True):
                if (later.holds is True) != (part.holds is True):
                    found.setdefault(id(part), (at, later.holds))
        return _with(asked, found)

    def moments(self, condition: Any) -> list[int]:
        """Lists moments after now, the earliest first, at which the answer may change."""
        book, now = self.scope.rulebook, self.scope.now
        leaves = [node for node in nodes(condition, book) if not parts_of(node, book)]
        found = {-(-at // MINUTE) * MINUTE for leaf in leaves for at in self._of(leaf)}
        return sorted(at for at in found if at > now)[:MOST_MOMENTS]

    def _of(self, leaf: Condition) -> Iterator[int]:
        if isinstance(leaf, HasFact) and leaf.pattern.kind in PREDICTED:
            yield from self._by_calendar(leaf)
        elif isinstance(leaf, HasFact):
            yield from self.at(leaf.pattern.kind)
            yield from self._leaving(leaf.pattern.kind, leaf.within)
        elif isinstance(leaf, Measure) and leaf.name == "days_since_order":
            spans = {days + more for days in numbers(leaf.test) for more in (0, 1)}
            yield from (at for n in spans for at in self._leaving("ordered", Duration(n, "days")))
        elif isinstance(leaf, Measure):
            yield from self._leaving("ordered", leaf.within)
        elif isinstance(leaf, FieldIs) and leaf.field == "age":
            ages = {years + more for years in numbers(leaf.test) for more in (0, 1)}
            yield from (self._birthday(years) for years in ages if self.customer.birthday)

    def at(self, kind: str) -> list[int]:
        """Lists when the customer's facts of a kind happened, and when those happen that are known ahead."""
        if kind not in self.facts:
            src = source(kind)
            mine = (src.customer == self.customer.id) & src.at.is_null(False)
            mine &= src.recorded_at <= self.scope.known
            rows = src.table.select(src.at).where(mine if src.condition is None else mine & src.condition)
            self.facts[kind] = [at for (at,) in rows.order_by(src.at.desc()).limit(MOST_FACTS).tuples()]
        return self.facts[kind]

    def _leaving(self, kind: str, window: Duration | None) -> Iterator[int]:
        if window is not None:
            yield from (moment for at in self.at(kind) for moment in self._left(at, window))

    def _left(self, at: int, window: Duration) -> Iterator[int]:
        """Yields the moments from which on a window begins at a fact or after it, and so leaves the fact out."""
        zone = self.scope.zone
        moment = calendar.shift(at, window.amount, window.unit, zone)
        near = (at, moment) if moment > self.scope.now - DAY else ()
        if any(calendar.offset(each - NIGHT, zone) != calendar.offset(each + NIGHT, zone) for each in near):
            yield from self._crossings(at, window, -(-moment // MINUTE) * MINUTE)
        for later in (0, 1, 2, 3):  # a day that a month lacks becomes its last, so several days begin at one
            if calendar.shift(moment + later * DAY, -window.amount, window.unit, zone) >= at:
                yield moment + later * DAY
                return

    def _crossings(self, at: int, window: Duration, moment: int) -> Iterator[int]:
        """Goes minute by minute through a night in which clocks change: there a fact may come back and leave again."""
        before = None
        for minute in range(moment - NIGHT, moment + NIGHT, MINUTE):
            left = calendar.shift(minute, -window.amount, window.unit, self.scope.zone) >= at
            if before is not None and left is not before:
                yield minute
            before = left

    def _birthday(self, years: int) -> int:
        born = date.fromisoformat(str(self.customer.birthday))
        return calendar.at_clock_time(calendar.yearly(born, born.year + years), 0, self.scope.zone)

    def _by_calendar(self, leaf: HasFact) -> Iterator[int]:
        zone, window = self.scope.zone, leaf.within or YEAR
        this = calendar.local(self.scope.now, zone).year
        for comes in self._comings(leaf.pattern.kind, this, window):
            yield comes
            yield calendar.shift(comes, window.amount, window.unit, zone)

    def _comings(self, kind: str, this: int, window: Duration) -> Iterator[int]:
        back = 2 + (window.amount if window.unit == "years" else 0)
        if kind == "birthday" and self.customer.birthday:
            born = date.fromisoformat(str(self.customer.birthday)).year
            yield from (self._birthday(year - born) for year in range(max(this - back, born + 1), this + 2))
        elif kind == "anniversary":
            for at in self.at("ordered"):
                passed = this - calendar.local(at, self.scope.zone).year
                for years in range(max(passed - back, 1), passed + 2):
                    yield calendar.shift(at, years, "years", self.scope.zone)


def _with(asked: Asked, found: dict[int, tuple[int, bool | None]]) -> Asked:
    at, becomes = found.get(id(asked), (None, None))
    parts = tuple(_with(part, found) for part in asked.parts)
    return replace(asked, changes_at=at, becomes=becomes, parts=parts)
