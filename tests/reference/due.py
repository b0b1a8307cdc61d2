"""Anchors of a rule and when each falls due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from engine.rulebook.ast import Duration, Every, FactTrigger, Membership, OnDate, Rule, Test
from tests.reference.facts import Fact
from tests.reference.moments import DAY, Seen, add, clock, first_clock, instant, repeats, wall, whole
from tests.reference.patterns import fits
from tests.reference.people import Knowledge

NO_DELAY = Duration(0, "days")


def due_at(rule: Rule, anchor: int, zone: str) -> int:
    """The minute in which an anchor falls due."""
    trigger = rule.trigger
    if not isinstance(trigger, FactTrigger):
        return whole(anchor if rule.at is None else _at_clock(rule, anchor, anchor, zone))
    delay = trigger.delay or NO_DELAY
    if repeats(anchor, zone):
        Seen.words.add("clock change")
    moved = add(anchor, delay, zone, -1 if trigger.before else 1) if trigger.delay else anchor
    return whole(moved if rule.at is None else _at_clock(rule, anchor, moved, zone))


def _at_clock(rule: Rule, anchor: int, moved: int, zone: str) -> int:
    assert rule.at is not None
    trigger, day = rule.trigger, wall(moved, zone).date()
    if isinstance(trigger, FactTrigger) and trigger.before:
        return clock(day, rule.at, zone)
    if isinstance(trigger, FactTrigger) and trigger.delay and trigger.delay.unit in ("minutes", "hours"):
        return first_clock(moved, rule.at, zone)
    found = clock(day, rule.at, zone)
    return found if found >= anchor else clock(day + timedelta(days=1), rule.at, zone)


def occurrences(trigger: Every | OnDate, first: int, last: int, zone: str) -> Iterator[tuple[int, date]]:
    """The moments of `every` and `date` from `first` to `last`, both included, and the day that each is for."""
    if isinstance(trigger, OnDate):
        found = [(instant(trigger.at, zone), trigger.at.date())]
    else:
        day, end = wall(first - DAY, zone).date(), wall(last + DAY, zone).date()
        found = []
        while day <= end:
            if _is_day(trigger, day):
                found.append((clock(day, trigger.minutes, zone), day))
            day += timedelta(days=1)
    yield from ((at, day) for at, day in found if first <= at <= last)


def _is_day(trigger: Every, day: date) -> bool:
    if trigger.period == "day":
        return True
    if trigger.period == "week":
        return day.weekday() in trigger.weekdays
    last = (datetime(day.year + day.month // 12, day.month % 12 + 1, 1) - timedelta(days=1)).day
    if day.day == last and any(wanted == 0 or wanted > last for wanted in trigger.days):
        Seen.words.add("end of month")
    return any(day.day == (last if wanted == 0 else min(wanted, last)) for wanted in trigger.days)


def anchors(rule: Rule, known: Knowledge, now: int, moments: tuple[int, int]) -> list[Fact]:
    """Every anchor of a rule that is known of a customer; those of `every` and `date` between two moments."""
    trigger, zone = rule.trigger, known.zone(now)
    if isinstance(trigger, Every | OnDate):
        first, last = moments[0] - 2 * DAY, moments[1]  # one may fall due on the day after
        return [
            Fact("moment", at, at, ("moment", day), {}) for at, day in occurrences(trigger, first, last, zone)
        ]
    if isinstance(trigger, Membership):
        facts = [fact for fact in known.facts if fact.kind == trigger.change]
        return [fact for fact in facts if fact.values["segment"] == trigger.segment]
    kind, years = trigger.pattern.kind, wall(moments[1], zone).year + 1
    found = known.facts
    if kind == "birthday":
        found = known.birthdays(wall(moments[0], zone).year - 1, years, now)
    if kind == "anniversary":
        found = known.anniversaries(years, now)
    return [fact for fact in found if fits(trigger.pattern, fact)]


def named_category(rule: Rule) -> Test | None:
    """The category that a rule's `when` names."""
    return rule.trigger.pattern.filter("category") if isinstance(rule.trigger, FactTrigger) else None


def unless_since(rule: Rule, anchor: Fact, zone: str) -> int:
    """The moment after which `unless` looks."""
    if isinstance(rule.trigger, FactTrigger) and rule.trigger.before:
        return add(anchor.at, Duration(1, "years"), zone, -1)
    return anchor.at
