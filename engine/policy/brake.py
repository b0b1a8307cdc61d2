"""The brake: a rule that wants more than a multiple of its busiest day is held until a person has spoken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from engine.clock import whole_minute
from engine.config import Brake
from engine.policy.model import Candidate, Decision, Situation

BRAKED = "braked"  # a hold's reason
LOOKED_BACK_DAYS = 63  # nine weeks: the issue before the last of what goes out once a month
FEWEST_DAYS = 3  # with mails, before a rule has a usual volume
Key = tuple[str, int, str]
Decide = Callable[[Sequence[Situation]], list[Decision]]


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many mails a rule may still decide to send today; None of them: it has no limit."""

    limit: int | None  # a day
    left: int | None
    usual: int | None = None  # mails of its busiest day of late


def allowance(
    limits: Brake, days_before: Sequence[int], today: int, braked: bool = False, released: bool = False
) -> Allowance:
    """Works out what a rule may send, from how many mails it sent on each of the last days and today.

    Once braked it may send nothing, until a person releases it; then it may send anything.
    """
    usual = usual_day(days_before)
    limit = limits.first if usual is None else max(limits.at_least, ceil(limits.times * usual))
    if released or (limit is None and not braked):
        return Allowance(limit, None, usual)
    return Allowance(limit, 0 if braked else max(0, (limit or 0) - today), usual)


def usual_day(days_before: Sequence[int]) -> int | None:
    """Returns the mails of the busiest of the last days; None where too few have had any to say what is usual.

    A median would take a newsletter's stragglers for its habit, and brake the next issue.
    """
    sent = [mails for mails in days_before if mails]
    return max(sent) if len(sent) >= FEWEST_DAYS else None


def decide_within(
    asked: Sequence[Situation], allowances: Mapping[str, Allowance], decide: Decide, now: int
) -> tuple[list[Decision], frozenset[str]]:
    """Decides, and holds what goes beyond; returns every candidate's decision and the rules that met their limit.

    Whoever is held by the brake takes no place under a cap: the others are decided again as if it were not there.
    """
    stopped: dict[Key, Candidate] = {}
    decisions = decide(asked)
    while beyond := _beyond(decisions, allowances):
        stopped |= {candidate.key: candidate for candidate in beyond}
        decisions = decide(_without(asked, stopped))
    held = [_held(candidate, allowances[candidate.rule], now) for candidate in stopped.values()]
    return decisions + held, frozenset(candidate.rule for candidate in stopped.values())


def _beyond(decisions: Sequence[Decision], allowances: Mapping[str, Allowance]) -> list[Candidate]:
    """Lists the candidates to be sent for which their rule has no mail left; those of one customer merge into one."""
    mails: dict[str, set[int]] = {}
    found = []
    for c in (decision.candidate for decision in decisions if decision.outcome == "send"):
        left = allowances[c.rule].left if c.rule in allowances and not c.transactional else None
        if left is None:
            continue
        mine = mails.setdefault(c.rule, set())
        if c.customer_id in mine or len(mine) < left:
            mine.add(c.customer_id)
        else:
            found.append(c)
    return found


def _without(asked: Sequence[Situation], stopped: Mapping[Key, Candidate]) -> list[Situation]:
    kept = [
        replace(situation, candidates=tuple(c for c in situation.candidates if c.key not in stopped))
        for situation in asked
    ]
    return [situation for situation in kept if situation.candidates]


def _held(candidate: Candidate, allowed: Allowance, now: int) -> Decision:
    """Holds until it expires, or is released; in the minute of its expiry it expires."""
    why = str(allowed.limit) if allowed.limit is not None else None  # a day
    if whole_minute(now) == whole_minute(candidate.expires_at):
        return Decision(candidate, "expire", "expired", because_of=why)
    return Decision(candidate, "hold", BRAKED, candidate.expires_at, why)
