"""Whether anybody could ever fulfil some conditions together: interval reasoning that never cries wolf.

Conditions are taken apart into atoms, each of which lets through some values of one quantity (a field, a count of facts
in a window). Where the atoms of every way to fulfil the conditions leave a quantity without a value, nobody can. What
cannot be told counts as possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from engine.rulebook.advice.stretches import HIGHEST, NO, YES, ZERO, Stretches, Values, Words, stretch
from engine.rulebook.advice.tested import COUNTS, covers, empty_filter, values_of
from engine.rulebook.ast import (
    NOWHERE,
    All,
    Any_,
    Compare,
    Condition,
    DueIs,
    Duration,
    FactPattern,
    FieldIs,
    HasConsent,
    HasFact,
    InSegment,
    Measure,
    Not,
    OneOf,
    Segment,
    Test,
    Unknown,
)
from engine.rulebook.durations import UNIT_MINUTES
from engine.rulebook.vocabulary import ATTRIBUTE, FIELDS, MEASURES, Kind

Key: TypeAlias = tuple[Any, ...]
Atoms: TypeAlias = dict[Key, Values]
Goal: TypeAlias = tuple[Condition, bool]  # a condition, and whether it is to be true or false
MOST_STEPS = 2000
DEEPEST = 60  # choices within choices
PURCHASES = ("ordered", "bought")


@dataclass(frozen=True, slots=True)
class Count:
    """How many facts of a pattern happened in a window, or ever: a quantity like any other."""

    pattern: FactPattern
    within: Duration | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", replace(self.pattern, place=NOWHERE))

    def counted_in(self, other: Count) -> bool:
        """Says whether what this counts is surely counted by the other as well, or makes it count something."""
        if other.within is not None and (self.within is None or not _shorter(self.within, other.within)):
            return False
        if covers(other.pattern, self.pattern):
            return True
        return self.pattern.kind == "bought" and other.pattern == FactPattern("ordered", place=NOWHERE)


ORDERS_EVER: Key = ("count", Count(FactPattern("ordered")))


def _shorter(one: Duration, other: Duration) -> bool:
    if one.unit == other.unit:
        return one.amount <= other.amount
    # months and years are longer and shorter than their measure by some days, days by an hour
    return one.amount * UNIT_MINUTES[one.unit] * 1.05 < other.amount * UNIT_MINUTES[other.unit] * 0.92


@dataclass(slots=True)
class Search:
    """One question: the segments that may be named, and how many steps it may still take."""

    segments: Mapping[str, Segment]
    steps: int = field(default=MOST_STEPS)

    def possible(self, goals: list[Goal], known: Atoms, depth: int = 0) -> bool:
        """Says whether the goals can be reached together, given what is known; too long a search says yes."""
        goals, found = list(goals), known
        choices: list[list[Goal]] = []
        while goals:
            self.steps -= 1
            if self.steps < 0:
                return True
            condition, wanted = goals.pop()
            if isinstance(condition, Not):
                goals.append((condition.part, not wanted))
            elif isinstance(condition, InSegment):
                named = self.segments.get(condition.segment)
                goals += [] if named is None else [(named.condition, wanted)]
            elif isinstance(condition, All | Any_):
                parts = [(part, wanted) for part in condition.parts]
                if isinstance(condition, All) == wanted:
                    goals += parts
                else:
                    choices.append(parts)
            elif (joined := meet(found, atoms(condition, wanted))) is None:
                return False
            else:
                found = joined
        return self._chosen(choices, found, depth)

    def _chosen(self, choices: list[list[Goal]], known: Atoms, depth: int) -> bool:
        """Tries one way of the first choice after the other, each with all that is left to choose."""
        if not choices:
            return not _contradicts(known)
        if depth > DEEPEST:
            return True
        first, rest = choices[0], [_either(parts) for parts in choices[1:]]
        return any(self.possible([*rest, part], known, depth + 1) for part in first)


def _either(parts: list[Goal]) -> Goal:
    """Writes a choice as one goal again."""
    return Any_(tuple(part if wanted else Not(part) for part, wanted in parts)), True


def meet(known: Atoms, more: Atoms) -> Atoms | None:
    """Joins what is known with more; None where they contradict each other."""
    found = dict(known)
    for key, values in more.items():
        before = found.get(key)
        found[key] = values if before is None else before.meet(values)  # type: ignore[arg-type]
        if found[key].empty:
            return None
    return found


def atoms(leaf: Condition, wanted: bool) -> Atoms:
    """Returns what a leaf says of quantities when it is true, or false (which is never unknown)."""
    if isinstance(leaf, FieldIs):
        return _field(leaf, wanted)
    if isinstance(leaf, HasConsent):
        return {("consent", leaf.purpose): YES if wanted else NO}
    if isinstance(leaf, Measure):
        return _measure(leaf, wanted)
    if isinstance(leaf, HasFact):
        return _has_fact(leaf, wanted)
    assert isinstance(leaf, DueIs)
    return {("due", leaf.rule): YES if wanted else NO}


def _field(leaf: FieldIs, wanted: bool) -> Atoms:
    kind: Kind = "property" if leaf.field.startswith(ATTRIBUTE) else FIELDS[leaf.field]
    if leaf.field == "tags":
        return _tags(leaf.test, wanted)
    floor = COUNTS if kind == "count" else None
    return _tested(("field", leaf.field), leaf.test, kind, wanted, floor)


def _tags(test: Test, wanted: bool) -> Atoms:
    """A customer has many tags: each set of named ones is a question of its own."""
    if isinstance(test, Unknown):
        return {("any tag",): NO if wanted else YES}
    named = test.values if isinstance(test, OneOf) else (test.value,)  # type: ignore[union-attr]
    has = wanted != (isinstance(test, Compare) and test.operator == "!=")
    found: Atoms = {("tags", frozenset(named)): YES if has else NO}
    return found | ({("any tag",): YES} if has else {})


def _tested(key: Key, test: Test, kind: Kind, wanted: bool, floor: Stretches | None) -> Atoms:
    known = ("known", *key)
    if isinstance(test, Unknown):
        return {known: NO if wanted else YES}
    found = values_of(test, kind)
    if found is None:
        return {known: YES}
    unit, values = found
    if not wanted:
        assert isinstance(values, Stretches | Words)
        values = values.without()
    if floor is not None and isinstance(values, Stretches):
        values = values.meet(floor)
    return {(*key, unit): values, known: YES}


def _measure(leaf: Measure, wanted: bool) -> Atoms:
    if leaf.name == "orders":
        return _counted(Count(FactPattern("ordered"), leaf.within), leaf.test, wanted)
    kind = MEASURES[leaf.name].kind
    floor = COUNTS if kind == "count" else None
    found = _tested(("measure", leaf.name, leaf.within), leaf.test, kind, wanted, floor)
    unknown = ("known", "measure", leaf.name, leaf.within)
    needs_an_order = MEASURES[leaf.name].can_be_unknown and found.get(unknown) == YES
    return found | ({ORDERS_EVER: stretch((1, 0), whole=True)} if needs_an_order else {})


def _has_fact(leaf: HasFact, wanted: bool) -> Atoms:
    if empty_filter(leaf.pattern) is not None:
        found = _counted(Count(leaf.pattern, leaf.within), leaf.times, wanted)
        return meet(found, {key: stretch(ZERO, (1, 0), whole=True) for key in found}) or found | {
            ("no",): _NONE
        }
    return _counted(Count(leaf.pattern, leaf.within), leaf.times, wanted)


_NONE = Words(frozenset())


def _counted(count: Count, test: Test, wanted: bool) -> Atoms:
    found = values_of(test, "count")
    assert found is not None
    assert isinstance(found[1], Stretches)
    values = found[1] if wanted else found[1].without()
    return {("count", count): values.meet(COUNTS)}


def _contradicts(known: Atoms) -> bool:
    """Says whether quantities that depend on one another leave no way."""
    if any(values.empty for values in known.values()):
        return True
    counts = [
        (key[1], values)
        for key, values in known.items()
        if isinstance(values, Stretches) and isinstance(key[1], Count)
    ]
    for count, values in counts:
        for other, all_values in counts:
            if count != other and values.least > _room(count, other, all_values):
                return True
    return _contradicts_days(known, counts)


def _room(count: Count, other: Count, values: Stretches) -> Any:
    """Returns the most that `count` can be where `other` is one of the values."""
    if not count.counted_in(other):
        return HIGHEST[0]
    # an order has many products, so that only none of them is bound by the number of orders
    return values.most if count.pattern.kind == other.pattern.kind or values.most == 0 else HIGHEST[0]


def _contradicts_days(known: Atoms, counts: Iterable[tuple[Count, Stretches]]) -> bool:
    """Compares the days since the last order with what was ordered in windows of days."""
    since = known.get(("measure", "days_since_order", None, "count"))
    if not isinstance(since, Stretches):
        return False
    for count, values in counts:
        days = _days(count.within)
        if days is None or count.pattern.kind not in PURCHASES:
            continue
        if values.least >= 1 and since.least >= days:
            return True
        if values.most == 0 and count.pattern == FactPattern("ordered", place=NOWHERE) and since.most < days:
            return True
    return False


def _days(window: Duration | None) -> int | None:
    if window is None or window.unit not in ("days", "weeks"):
        return None
    return window.amount * (7 if window.unit == "weeks" else 1)
