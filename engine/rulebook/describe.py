"""Rules said in words again: conditions, triggers and comparisons as short as a marketer wrote them."""

from __future__ import annotations

from engine.rulebook.ast import (
    All,
    Any_,
    Between,
    Cap,
    Compare,
    Condition,
    DueIs,
    Every,
    FactPattern,
    FactTrigger,
    FieldIs,
    HasConsent,
    HasFact,
    InSegment,
    Measure,
    Membership,
    Money,
    Not,
    OnDate,
    OneOf,
    Rule,
    Test,
    Trigger,
    Unknown,
    Value,
)

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def value(written: Value) -> str:
    """Says one value."""
    if isinstance(written, Money):
        return f"{written.amount} {written.currency}" if written.currency else str(written.amount)
    return str(written)


def test(asked: Test) -> str:
    """Says a comparison: `>= 2`, `10..50`, `PL or UA`, `unknown`; a plain value as it is."""
    if isinstance(asked, Unknown):
        return "unknown"
    if isinstance(asked, Between):
        return f"{value(asked.low)}..{value(asked.high)}"
    if isinstance(asked, OneOf):
        return " or ".join(value(each) for each in asked.values)
    assert isinstance(asked, Compare)
    return value(asked.value) if asked.operator == "=" else f"{asked.operator} {value(asked.value)}"


def pattern(fact: FactPattern) -> str:
    """Says a fact with its filters: `bought category optics, price >= 50`."""
    filters = ", ".join(f"{name} {test(asked)}" for name, asked in fact.filters)
    same = " and ".join(f"the same {each}" for each in fact.same)
    return " ".join(part for part in (fact.kind.replace("_", " "), filters, same) if part)


def condition(asked: Condition) -> str:
    """Says a whole condition."""
    if isinstance(asked, All):
        return " and ".join(_inner(part) for part in asked.parts)
    if isinstance(asked, Any_):
        return " or ".join(_inner(part) for part in asked.parts)
    if isinstance(asked, Not):
        return f"not {_inner(asked.part)}"
    return leaf(asked)


def _inner(part: Condition) -> str:
    return f"({condition(part)})" if isinstance(part, All | Any_) and len(part.parts) > 1 else condition(part)


def leaf(asked: Condition) -> str:
    """Says one leaf of a condition."""
    if isinstance(asked, FieldIs):
        return f"{asked.field} {test(asked.test)}"
    if isinstance(asked, HasConsent):
        return f"consent to {asked.purpose}"
    if isinstance(asked, InSegment):
        return f"in segment {asked.segment}"
    if isinstance(asked, DueIs):
        return f"{asked.rule} is due"
    within = f" within {asked.within}" if isinstance(asked, Measure | HasFact) and asked.within else ""
    if isinstance(asked, Measure):
        return f"{asked.name.replace('_', ' ')} {test(asked.test)}{within}"
    assert isinstance(asked, HasFact)
    times = "" if asked.times == Compare(">=", 1) else f", {test(asked.times)} times"
    return f"{pattern(asked.pattern)}{within}{times}"


def trigger(asked: Trigger) -> str:
    """Says when a rule falls due."""
    if isinstance(asked, FactTrigger):
        delay = f"{asked.delay} {'before' if asked.before else 'after'} " if asked.delay else "at once after "
        return f"{delay}{pattern(asked.pattern)}"
    if isinstance(asked, Membership):
        return f"{asked.change} segment {asked.segment}"
    if isinstance(asked, OnDate):
        return f"on {asked.at:%Y-%m-%d at %H:%M}"
    return f"every {_period(asked)} at {clock(asked.minutes)}"


def _period(asked: Every) -> str:
    if asked.period == "day":
        return "day"
    if asked.period == "week":
        return ", ".join(WEEKDAYS[day] for day in asked.weekdays)
    return "month on " + ", ".join(str(day) if day else "last" for day in asked.days)


def cap(asked: Cap) -> str:
    """Says a cap: `1 per 3 days`, `3 newsletter per 30 days`."""
    unit, size = next(
        (u, n) for u, n in (("day", 1440), ("hour", 60), ("minute", 1)) if asked.window_minutes % n == 0
    )
    amount = asked.window_minutes // size
    what = f" {asked.purpose}" if asked.purpose else ""
    return f"{asked.at_most}{what} per {amount} {unit}{'' if amount == 1 else 's'}"


def clock(minutes: int) -> str:
    """Says a time of day."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def rule(asked: Rule) -> str:
    """Says a whole rule in one sentence."""
    parts = [trigger(asked.trigger)]
    if asked.at is not None:
        parts.append(f"at {clock(asked.at)}")
    parts += [f"unless {pattern(each)} since" for each in asked.unless]
    if asked.who is not None:
        parts.append(f"if {condition(asked.who)}")
    return ", ".join(parts)
