"""Warnings: what a rule may say, but surely does not mean."""

from __future__ import annotations

from engine.rulebook.ast import Cap, Every, FactTrigger, Group, OnDate, Policy, Rule
from engine.rulebook.durations import minutes_of
from engine.rulebook.findings import Findings
from engine.rulebook.nearest import article
from engine.rulebook.vocabulary import FACTS, PLAIN

DAY = 1440


def advise(rule: Rule, policy: Policy, findings: Findings) -> None:
    """Adds what is odd about one sound rule to the findings."""
    findings.rule = rule.id
    for sentence in (
        _mails_everybody(rule),
        _says_nothing(rule),
        _once_without_a_thing(rule),
        _waits_in_vain(rule, policy),
    ):
        if sentence:
            findings.warning(rule.place, sentence)
    findings.rule = None


def _mails_everybody(rule: Rule) -> str | None:
    if rule.who is not None or not isinstance(rule.trigger, Every | OnDate):
        return None
    return f"{rule.id} has no who, so it writes to every customer with consent; if that is meant, leave it"


def _says_nothing(rule: Rule) -> str | None:
    if rule.send != PLAIN or rule.note.strip():
        return None
    return f"{rule.id} sends {PLAIN}, whose text is the rule's note, and there is no note"


def _once_without_a_thing(rule: Rule) -> str | None:
    if rule.once.kind not in ("product", "order"):
        return None
    kind = rule.trigger.pattern.kind if isinstance(rule.trigger, FactTrigger) else None
    if kind is not None and rule.once.kind in FACTS[kind].things:
        return None
    anchor = f"{article(kind)} fact" if kind else "a moment"
    thing = rule.once.kind
    return f"{rule.id} says once: per {thing}, but its anchor is {anchor}, which has no {thing}; it never refuses"


def _waits_in_vain(rule: Rule, policy: Policy) -> str | None:
    """Warns where a cap can hold a mail back for longer than it is worth sending."""
    if rule.transactional or rule.when_capped == "drop":
        return None
    caps: list[Cap | Group] = [cap for cap in policy.caps if cap.purpose in (None, rule.purpose)]
    caps += [group for group in policy.groups if rule.id in group.rules]
    long = [cap for cap in caps if cap.window_minutes >= minutes_of(rule.expires)]
    if not long:
        return None
    worst = max(long, key=lambda cap: cap.window_minutes)
    return (
        f"{rule.id} expires {rule.expires} after it is due, and a cap of {written(worst)} is as long or longer: "
        "a mail that is held may expire before the cap opens"
    )


def written(cap: Cap | Group) -> str:
    """Says a cap as a marketer writes it, as `1 per 3 days`."""
    minutes = cap.window_minutes
    for length, unit in ((DAY, "day"), (60, "hour"), (1, "minute")):
        if minutes % length == 0:
            amount = minutes // length
            return f"{cap.at_most} per {amount} {unit}{'' if amount == 1 else 's'}"
    raise AssertionError("every number of minutes is whole minutes")
