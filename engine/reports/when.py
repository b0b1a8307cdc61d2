"""A rule's `when` in words: `80 days after a purchase (optics/contact-lenses)`."""

from __future__ import annotations

from typing import Any

from engine.reports.voice import Voice
from engine.rulebook.ast import (
    Between,
    Compare,
    Every,
    FactPattern,
    FactTrigger,
    Membership,
    OnDate,
    OneOf,
    Rule,
    Test,
    Trigger,
)


def when_words(rule: Rule, voice: Voice) -> str:
    """Says when a rule mails."""
    trigger = rule.trigger
    if isinstance(trigger, FactTrigger):
        said = _fact(rule, trigger, voice)
    elif isinstance(trigger, Every):
        said = _every(trigger, voice)
    elif isinstance(trigger, OnDate):
        said = voice("when.date", date=voice.day(trigger.at.date()), time=f"{trigger.at:%H:%M}")
    else:
        said = _membership(trigger, voice)
    return said if rule.at in (None, _written(trigger)) else said + voice("when.at", time=clock(rule.at or 0))


def _written(trigger: Trigger) -> int | None:
    """Returns the minute of the day that the moments of `every` and `date` have in them."""
    if isinstance(trigger, OnDate):
        return trigger.at.hour * 60 + trigger.at.minute
    return trigger.minutes if isinstance(trigger, Every) else None


def clock(minutes: int) -> str:
    """Writes minutes after midnight as a clock shows them."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _fact(rule: Rule, trigger: FactTrigger, voice: Voice) -> str:
    kind, tail = trigger.pattern.kind, filter_words(trigger.pattern)
    if rule.inactive and trigger.delay:
        return voice("when.inactive", duration=voice.duration(trigger.delay)) + tail
    side = "before" if trigger.before else "after"
    fact = voice.known(f"{side}.{kind}", f"{side} {kind}")
    if trigger.delay:
        return voice("when.delayed", duration=voice.duration(trigger.delay), fact=fact) + tail
    return voice.known(f"on.{kind}", voice("when.at_once", fact=fact)) + tail


def _every(trigger: Every, voice: Voice) -> str:
    if trigger.period == "day":
        days = voice("when.day")
    elif trigger.period == "week":
        days = ", ".join(voice.weekday(day) for day in trigger.weekdays)
    else:
        days = voice(
            "when.month",
            days=", ".join(
                str(day) if day else voice("when.last")
                for day in sorted(trigger.days, key=lambda day: day or 32)
            ),
        )
    return f"{days}, {clock(trigger.minutes)}"


def _membership(trigger: Membership, voice: Voice) -> str:
    return voice(f"when.{trigger.change}", segment=trigger.segment)


def filter_words(pattern: FactPattern) -> str:
    """Writes what a fact is narrowed by, in brackets; nothing where it is any such fact."""
    shown = [_filter(name, test) for name, test in pattern.filters]
    return f" ({', '.join(shown)})" if shown else ""


def _filter(name: str, test: Test) -> str:
    bare = name in ("category", "brand", "product", "name", "rule")
    return _test(test) if bare else f"{name} {_test(test)}"


def _test(test: Test) -> str:
    if isinstance(test, Compare):
        return f"{'' if test.operator == '=' else test.operator + ' '}{_value(test.value)}"
    if isinstance(test, Between):
        return f"{_value(test.low)}–{_value(test.high)}"
    if isinstance(test, OneOf):
        return " / ".join(_value(value) for value in test.values)
    return "?"


def _value(value: Any) -> str:
    amount = getattr(value, "amount", None)
    currency = getattr(value, "currency", None)
    return (
        f"{amount} {currency}"
        if currency
        else str(value if amount is None or hasattr(value, "unit") else amount)
    )
