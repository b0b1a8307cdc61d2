"""Warnings about clock times: quiet hours, closed days, moments that coincide, and priorities that never meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.rulebook.advice.caps import caps_of, written
from engine.rulebook.advice.moments import DAY, clock_time, is_written, quiet_wait, shown
from engine.rulebook.advice.pairs import pairs_of_one_day
from engine.rulebook.ast import Cap, Condition, DueIs, Every, Group, Policy, Rule, Segment
from engine.rulebook.durations import minutes_of
from engine.rulebook.vocabulary import WEEKDAYS
from engine.rulebook.walk import leaves


def in_quiet_hours(rule: Rule, policy: Policy) -> str | None:
    """Says that a rule is always due while nobody may be mailed, and what becomes of its mails."""
    minute = clock_time(rule)
    if rule.transactional or minute is None:
        return None
    wait = quiet_wait(minute, policy)
    if not wait:
        return None
    if minutes_of(rule.expires) < wait:
        return f"{rule.id} never mails anybody: it is due at {shown(minute)}, in quiet hours, and expires before they end"
    if not is_written(rule):
        return None
    end = shown((minute + wait) % DAY)
    return f"{rule.id} is due at {shown(minute)}, in quiet hours; its mails wait until {end}"


def on_closed_day(rule: Rule, policy: Policy) -> str | None:
    """Says that a rule comes round on a weekday on which nobody is mailed."""
    if rule.transactional or not isinstance(rule.trigger, Every):
        return None
    closed = [WEEKDAYS[day] for day in rule.trigger.weekdays if day in policy.closed_weekdays]
    if not closed:
        return None
    return f"{rule.id} comes round on {' and '.join(closed)}, which the policy closes; its mails wait for another day"


def meetings(
    rules: Mapping[str, Rule], segments: Mapping[str, Segment], policy: Policy
) -> Iterator[tuple[Rule, str]]:
    """Yields what is odd about two rules that write to the same people on the same days."""
    for one, two in pairs_of_one_day(rules, segments):
        first, second = sorted((one, two), key=lambda rule: (-rule.priority, rule.id))
        times = clock_time(first), clock_time(second)
        if times[0] == times[1]:
            yield second, _coincide(first, second, policy)
        elif times[0] is not None and times[1] is not None and times[1] < times[0]:
            cap = _only_place(first, second, policy)
            if cap is not None and first.priority > second.priority:
                yield first, _too_late(first, second, times[0], times[1], cap)


def _coincide(first: Rule, second: Rule, policy: Policy) -> str:
    cap = _only_place(first, second, policy)
    said = f"{second.id} falls due at the same moment as {first.id}, for the same people"
    if cap is None:
        return f"{said}; they get both mails at once"
    becomes = "dropped" if second.when_capped == "drop" else "held"
    return f"{said}; {first.id} goes first, and the cap {written(cap)} has this one {becomes}"


def _too_late(first: Rule, second: Rule, late: int, early: int, cap: Cap | Group) -> str:
    return (
        f"{first.id} has the higher priority, but goes at {shown(late)}; {second.id} goes at {shown(early)} to the same "
        f"people and takes the only place of the cap {written(cap)}; give both one clock time"
    )


def _only_place(one: Rule, two: Rule, policy: Policy) -> Cap | Group | None:
    """Returns a cap that lets only one of two rules through on a day."""
    shared = [cap for cap in caps_of(one, policy) if cap in caps_of(two, policy)]
    return next((cap for cap in shared if cap.at_most == 1 and cap.window_minutes >= DAY), None)


def due_in_vain(rules: Mapping[str, Rule], policy: Policy) -> Iterator[tuple[Condition, str]]:
    """Yields the house rules that wait for a rule to be due at a clock time at which those they stop are not."""
    for house in policy.house_rules:
        for leaf in leaves(house.condition):
            asked = rules.get(leaf.rule) if isinstance(leaf, DueIs) else None
            stopped = [rules[id_] for id_ in house.rules if id_ in rules]
            if asked is None or not stopped or house.purposes:
                continue
            when = clock_time(asked)
            others = {clock_time(rule) for rule in stopped}
            if when is not None and None not in others and when not in others:
                at = " and ".join(sorted(shown(minute) for minute in others if minute is not None))
                yield (
                    leaf,
                    f"the house rule {house.name!r} asks whether {asked.id} is due, which goes at {shown(when)}, "
                    f"while what it stops goes at {at}; they hardly ever meet",
                )
