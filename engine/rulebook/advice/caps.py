"""Warnings about caps: mails that expire before a cap opens, and rules that others leave no place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.rulebook.advice.moments import longest_gap
from engine.rulebook.advice.pairs import everybody_of
from engine.rulebook.ast import Cap, Group, Policy, Rule
from engine.rulebook.durations import minutes_of

DAY = 1440


def caps_of(rule: Rule, policy: Policy) -> list[Cap | Group]:
    """Lists the caps and groups that a rule's mails count in."""
    if rule.transactional:
        return []
    caps: list[Cap | Group] = [cap for cap in policy.caps if cap.purpose in (None, rule.purpose)]
    return caps + [group for group in policy.groups if rule.id in group.rules]


def waits_in_vain(rule: Rule, policy: Policy) -> str | None:
    """Says that a cap can hold a mail back for longer than it is worth sending."""
    if rule.when_capped == "drop":
        return None
    long = [cap for cap in caps_of(rule, policy) if cap.window_minutes >= minutes_of(rule.expires)]
    if not long:
        return None
    worst = max(long, key=lambda cap: cap.window_minutes)
    return (
        f"{rule.id} expires {rule.expires} after it is due, and a cap of {written(worst)} is as long or longer: "
        "a mail that is held may expire before the cap opens"
    )


def starved(rules: Mapping[str, Rule], policy: Policy) -> Iterator[tuple[Rule, str]]:
    """Yields the rules to whose customers another rule writes so often, and first, that a cap never opens for them."""
    regular = [rule for rule in rules.values() if rule.active and longest_gap(rule) is not None]
    for rule in rules.values():
        for other in regular if rule.active else ():
            cap = _fills(other, rule, policy)
            if cap is not None:
                yield (
                    rule,
                    f"{rule.id} is starved: {other.id} goes before it, to the same people and so often "
                    f"that it takes every place of the cap {written(cap)}",
                )
                break


def _fills(other: Rule, rule: Rule, policy: Policy) -> Cap | Group | None:
    """Returns the cap of which the other rule, which comes round, takes every place."""
    gap = longest_gap(other)
    if gap is None or other.priority <= rule.priority or other.when_capped == "drop" or other.holdout:
        return None
    if _may_stop(other, rule):
        return None
    shared = [cap for cap in caps_of(other, policy) if cap in caps_of(rule, policy)]
    often = [
        cap for cap in shared if gap * cap.at_most <= cap.window_minutes and gap <= minutes_of(other.expires)
    ]
    return often[0] if often else None


def _may_stop(other: Rule, rule: Rule) -> bool:
    """Says whether the other rule may leave out people whom the rule writes to."""
    if other.shops and not (rule.shops and set(rule.shops) <= set(other.shops)):
        return True
    return other.purpose != rule.purpose or other.once.kind != "anchor" or not everybody_of(other, rule)


def written(cap: Cap | Group) -> str:
    """Says a cap as a marketer writes it, as `1 per 3 days`."""
    minutes = cap.window_minutes
    for length, unit in ((DAY, "day"), (60, "hour"), (1, "minute")):
        if minutes % length == 0:
            amount = minutes // length
            return f"{cap.at_most} per {amount} {unit}{'' if amount == 1 else 's'}"
    raise AssertionError("every number of minutes is whole minutes")
