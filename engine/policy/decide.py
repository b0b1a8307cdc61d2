"""Who may be mailed now: every candidate gets exactly one decision, with its reason."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from engine.errors import PolicyFault
from engine.policy.compiled import CompiledPolicy
from engine.policy.model import Counted, Decision, Situation


def decide(situations: Sequence[Situation], policy: CompiledPolicy, now: int) -> list[Decision]:
    """Returns exactly one decision for each candidate, for each situation in the order in which mails would go.

    Customers who share an address share its caps: they are gone through by customer_id, and what an earlier one was
    let counts for the later. Whatever goes wrong for one customer refuses that customer's candidates with
    `policy_error`, loudly, and the others go on.
    """
    accepted: dict[str | None, list[Counted]] = {}
    answers: dict[int, list[Decision]] = {}
    for index, situation in sorted(enumerate(situations), key=lambda pair: pair[1].customer_id):
        of_address = accepted.setdefault(situation.address, [])
        answers[index] = _safely(situation, policy, of_address, now)
        of_address += _let_go(answers[index], now)
    return [decision for index in range(len(situations)) for decision in answers[index]]


def _safely(
    situation: Situation, policy: CompiledPolicy, accepted: list[Counted], now: int
) -> list[Decision]:
    try:
        decisions = policy.evaluator.judge(situation, accepted, now)
        _one_each(situation, decisions)
        return decisions
    except Exception as error:  # noqa: BLE001 - whatever it is, this customer gets nothing and the others go on
        structlog.get_logger().error(
            "policy_error", customer_id=situation.customer_id, engine=policy.evaluator.name, error=repr(error)
        )
        return [Decision(c, "refuse", "policy_error", because_of=repr(error)) for c in situation.candidates]


def _one_each(situation: Situation, decisions: list[Decision]) -> None:
    decided = {decision.candidate.key for decision in decisions}
    if len(decisions) == len(situation.candidates) and decided == {c.key for c in situation.candidates}:
        return
    raise PolicyFault(f"{len(decisions)} decisions for {len(situation.candidates)} candidates")


def _let_go(decisions: list[Decision], now: int) -> list[Counted]:
    """One message for each rule: its candidates of this minute merge. Transactional mail never counts."""
    rules = {
        d.candidate.rule: d.candidate
        for d in decisions
        if d.outcome == "send" and not d.candidate.transactional
    }
    return [Counted(now, candidate.purpose, rule) for rule, candidate in rules.items()]
