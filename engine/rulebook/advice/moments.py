"""When a rule is due by the customer's clock, and how far apart its moments lie, as far as its text says it."""

from __future__ import annotations

from itertools import pairwise

from engine.rulebook.ast import Every, FactTrigger, OnDate, Policy, Rule

DAY = 1440


def clock_time(rule: Rule) -> int | None:
    """Returns the minute of the customer's day at which a rule always falls due; None where it is any."""
    trigger = rule.trigger
    if isinstance(trigger, Every):
        return trigger.minutes if rule.at is None else rule.at
    if rule.at is not None:
        return rule.at
    if isinstance(trigger, OnDate):
        return trigger.at.hour * 60 + trigger.at.minute
    whole_days = isinstance(trigger, FactTrigger) and (trigger.delay is None or not trigger.delay.elapsed)
    return (
        0 if whole_days and isinstance(trigger, FactTrigger) and trigger.pattern.kind == "birthday" else None
    )


def is_written(rule: Rule) -> bool:
    """Says whether the marketer chose the clock time: a birthday's midnight nobody chose."""
    return rule.at is not None or isinstance(rule.trigger, Every | OnDate)


def quiet_wait(minute: int, policy: Policy) -> int:
    """Returns how many minutes quiet hours hold back what is due at a clock time; 0 where it is allowed."""
    if policy.quiet_hours is None:
        return 0
    start, end = policy.quiet_hours
    asleep = start <= minute < end if start < end else minute >= start or minute < end
    return (end - minute) % DAY if asleep else 0


def shown(minute: int) -> str:
    """Writes a clock time."""
    return f"{minute // 60:02}:{minute % 60:02}"


def longest_gap(rule: Rule) -> int | None:
    """Returns the longest stretch in minutes between moments of `every`; None for what does not come round."""
    if not isinstance(rule.trigger, Every):
        return None
    if rule.trigger.period == "day":
        return DAY
    if rule.trigger.period == "week":
        days = rule.trigger.weekdays
        return (
            max((after - day - 1) % 7 + 1 for day, after in zip(days, (*days[1:], days[0]), strict=True))
            * DAY
        )
    month = sorted(31 if day == 0 else day for day in rule.trigger.days)
    gaps = [after - day for day, after in pairwise(month)]
    return max(*gaps, 31 - month[-1] + month[0]) * DAY if gaps else 31 * DAY
