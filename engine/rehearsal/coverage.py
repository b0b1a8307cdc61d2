"""Which rules and house rules no test made fire."""

from __future__ import annotations

from collections.abc import Iterable

from engine.rehearsal.verdict import Verdict
from engine.rulebook.ast import Rulebook


def uncovered(verdicts: Iterable[Verdict], rulebook: Rulebook) -> list[str]:
    """Names, a line each, the active rules that no test sent a mail of and the house rules that stopped nothing."""
    outcomes = [verdict.outcome for verdict in verdicts if verdict.outcome is not None]
    sent = {message.rule for outcome in outcomes for message in outcome.sent}
    stopped = {name for outcome in outcomes for name in outcome.house_rules}
    rules = [
        f"no test made the rule {id_} send"
        for id_, r in sorted(rulebook.rules.items())
        if r.active and id_ not in sent
    ]
    houses = [house.name for house in rulebook.policy.house_rules if house.name not in stopped]
    return rules + [f"no test made the house rule {name!r} hold or refuse anything" for name in houses]
