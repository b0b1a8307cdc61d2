"""What no test made happen: rules that never sent, and parts of the policy that never stopped anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.policy.counts import cap_words, group_words
from engine.rehearsal.verdict import Verdict
from engine.rulebook.ast import Policy, Rulebook

Stop = tuple[str, str | None]  # a reason, and the cap, group or house rule behind it


def uncovered(verdicts: Iterable[Verdict], rulebook: Rulebook) -> list[str]:
    """Names, a line each, the active rules that no test sent a mail of, and what of the policy stopped nothing.

    A test with a policy of its own says nothing about that of the folder.
    """
    played = [verdict for verdict in verdicts if verdict.outcome is not None]
    sent = {message.rule for verdict in played if verdict.outcome for message in verdict.outcome.sent}
    stopped = {
        stop
        for verdict in played
        if verdict.outcome and verdict.case.policy is None
        for stop in verdict.outcome.stops
    }
    rules = [id_ for id_, rule in sorted(rulebook.rules.items()) if rule.active and id_ not in sent]
    lines = [f"no test made the rule {id_} send" for id_ in rules]
    return lines + [
        f"no test made {words} hold or refuse anything"
        for words, reasons in _parts(rulebook.policy)
        if not reasons & stopped
    ]


def _parts(policy: Policy) -> Iterator[tuple[str, set[Stop]]]:
    """Yields each part of a policy in words, with the stops that show it at work; a cap and its group stop as one."""
    for house in policy.house_rules:
        yield f"the house rule {house.name!r}", {("house_rule", house.name)}
    for group in policy.groups:
        yield f"the group {group.name!r}", _limited(group_words(group))
    for cap in policy.caps:
        yield f"the cap {cap_words(cap)!r}", _limited(cap_words(cap))
    if policy.quiet_hours is not None:
        yield "the quiet hours", {("quiet_hours", None)}
    if policy.closed_weekdays or policy.closed_holidays:
        yield "the closed days", {("closed_day", None)}


def _limited(words: str) -> set[Stop]:
    return {("grouped", words), ("capped", words)}
