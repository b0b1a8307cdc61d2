"""Who: a condition asked of one customer as of one minute, with unknown as a third answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

from engine.config import ShopConfig
from engine.rulebook.ast import (
    All,
    Any_,
    Condition,
    DueIs,
    Duration,
    FieldIs,
    HasConsent,
    HasFact,
    InSegment,
    Measure,
    Not,
    Segment,
    Unknown,
)  # fmt: skip
from tests.reference.facts import Fact
from tests.reference.moments import DAY, Seen, add, birthday_in, wall
from tests.reference.patterns import fits, passes
from tests.reference.people import Knowledge

NEVER_KNOWN = ("rfm", "lifecycle", "clv", "chance_alive", "tier", "points")


class Asking(Protocol):
    """What a question needs besides the customer."""

    shop: ShopConfig
    segments: dict[str, Segment]


@dataclass(slots=True)
class Question:
    """One customer, as of a minute, with what is known at another."""

    asking: Asking
    customer: str
    known: Knowledge
    asof: int
    now: int
    due: frozenset[str] = frozenset()

    @property
    def zone(self) -> str:
        """Where the customer's calendar counts."""
        return self.known.zone(self.now)

    def facts(self) -> list[Fact]:
        """Everything that had happened by then."""
        years = wall(self.asof, self.zone).year
        found = [*self.known.facts,
                 *self.known.birthdays(years - 1, years, self.now), *self.known.anniversaries(years, self.now)]  # fmt: skip
        return [fact for fact in found if fact.at <= self.asof]

    def after(self, within: Duration | None) -> int:
        """The moment after which a window begins."""
        return -1 if within is None else add(self.asof, within, self.zone, -1)

    def holds(self, condition: Condition | None) -> bool | None:
        """The answer: true, false, or None where it cannot be known."""
        if condition is None:
            return True
        if isinstance(condition, All):
            answers = [self.holds(part) for part in condition.parts]
            return False if False in answers else None if None in answers else True
        if isinstance(condition, Any_):
            answers = [self.holds(part) for part in condition.parts]
            return True if True in answers else None if None in answers else False
        if isinstance(condition, Not):
            answer = self.holds(condition.part)
            return None if answer is None else not answer
        return self._leaf(condition)

    def _leaf(self, leaf: Condition) -> bool | None:
        if isinstance(leaf, InSegment):
            return self.holds(self.asking.segments[leaf.segment].condition)
        if isinstance(leaf, HasConsent):
            return self.known.consented(leaf.purpose, self.asof)
        if isinstance(leaf, DueIs):
            return leaf.rule in self.due
        if isinstance(leaf, HasFact):
            start = self.after(leaf.within)
            count = sum(fits(leaf.pattern, fact) for fact in self.facts() if fact.at > start)
            return passes("times", count, leaf.times)
        if isinstance(leaf, FieldIs):
            value = self._field(leaf.field)
            if value is None and not isinstance(leaf.test, Unknown):
                Seen.words.add("unknown field")
            return passes(leaf.field, value, leaf.test)
        assert isinstance(leaf, Measure)
        return passes(leaf.name, self._measure(leaf), leaf.test)

    def _field(self, name: str) -> Any:
        fields = self.known.fields(self.asof)
        if name.startswith("attributes."):
            return fields.get("attributes", {}).get(name.removeprefix("attributes."))
        if name == "language":
            return fields.get("language", self.asking.shop.language)
        if name == "signed_up":
            return wall(self.known.signed_up_at, self.zone).date().isoformat()
        if name == "age":
            return self._age(self.known.birthday(self.now))
        return None if name in NEVER_KNOWN else fields.get(name)

    def _age(self, born: str | None) -> int | None:
        if born is None:
            return None
        day, today = date.fromisoformat(born), wall(self.asof, self.zone).date()
        return today.year - day.year - (today < birthday_in(day, today.year))

    def _measure(self, leaf: Measure) -> Any:
        start = self.after(leaf.within)
        if leaf.name == "open_complaints":
            return self._open_complaints()
        orders = [o for o in self.known.orders if not o.void and start < o.at <= self.asof]
        spent = sum(order.net for order in orders)
        if leaf.name == "orders":
            return len(orders)
        if leaf.name == "spent":
            return spent
        if not orders:
            return None
        if leaf.name == "average_order":
            average = Fraction(spent, len(orders))
            return Decimal(average.numerator) / Decimal(average.denominator)
        return self._days_since(max(order.at for order in orders))

    def _days_since(self, at: int) -> int:
        days = max(0, (self.asof - at) // DAY - 2)
        while add(at, Duration(days + 1, "days"), self.zone) <= self.asof:
            days += 1
        return days

    def _open_complaints(self) -> int:
        facts = self.facts()
        closed = {fact.values.get("complaint") for fact in facts if fact.kind == "complaint_closed"}
        return sum(fact.kind == "complained" and fact.source[2] not in closed for fact in facts)
