"""The policy as plain Python, read off RULES.md line by line: the oracle, and the engine where durable-rules is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.clock import MINUTE, whole_minute
from engine.consent.standing import Wish
from engine.policy.counts import cap_words, group_words, wish_words
from engine.policy.hours import Hours
from engine.policy.house import Due, Either, Leaf, Opposite, Shape, leaf_answers, take_apart
from engine.policy.model import Candidate, Counted, Decision, Situation
from engine.rulebook.ast import Cap, Group, HouseRule, Policy

Verdict = tuple[str, str]  # outcome and house rule's name


@dataclass
class Minute:
    """One customer in one minute: the question, and what has been let go so far for the address."""

    situation: Situation
    policy: Policy
    hours: Hours
    now: int
    others: Sequence[Counted]
    sent: list[Candidate] = field(default_factory=list)

    @property
    def messages(self) -> list[Counted]:
        """Lists every message that counts, one for each rule let go this minute."""
        mine = {c.rule: Counted(self.now, c.purpose, c.rule) for c in self.sent if not c.transactional}
        earlier = [m for m in self.situation.counted if m.purpose != "transactional"]
        return [*earlier, *self.others, *mine.values()]


class PlainEvaluator:
    """Decides one customer's candidates by asking RULES.md's questions in RULES.md's order."""

    name = "plain"

    def __init__(self, policy: Policy, hours: Hours) -> None:
        self.policy, self.hours = policy, hours

    def judge(self, situation: Situation, accepted: Sequence[Counted], now: int) -> list[Decision]:
        """Returns one decision for each candidate, in the order in which they would go."""
        minute = Minute(situation, self.policy, self.hours, now, accepted)
        ordered = sorted(situation.candidates, key=lambda c: (-c.priority, c.due_at, c.rule, c.anchor))
        verdicts = _house_verdicts(minute, ordered)
        decisions = []
        for candidate in ordered:
            decision = _decide_one(minute, candidate, verdicts.get(candidate.key))
            if decision.outcome == "send":
                minute.sent.append(candidate)
            decisions.append(decision)
        return decisions


def _decide_one(minute: Minute, c: Candidate, house: Verdict | None) -> Decision:
    if _too_late(c, minute.now):
        return Decision(c, "expire", "expired")
    refusal = _refusal(minute.situation, c)
    if refusal:
        return Decision(c, "refuse", refusal, because_of=c.cancelled_by if c.cancelled else None)
    if house and house[0] == "refuse":
        return Decision(c, "refuse", "house_rule", because_of=house[1])
    held = _held_by_time(minute, c, house) or _held_by_caps(minute, c)
    if held:
        return _hold_or_expire(held, minute.now)
    if c.held_out and not c.transactional:
        return Decision(c, "refuse", "holdout")
    return Decision(c, "send")


def _too_late(c: Candidate, now: int) -> bool:
    return whole_minute(now) > whole_minute(c.expires_at)


def _refusal(s: Situation, c: Candidate) -> str | None:
    if c.cancelled:
        return "cancelled"
    if not c.matches:
        return "no_longer_matches"
    if c.once_refuses:
        return "once"
    if s.address is None:
        return "no_address"
    if s.suppressed:
        return "suppressed"
    if not c.transactional and (not _agreed(s, c) or c.rule in s.stopped):
        return "no_consent"
    return None


def _agreed(s: Situation, c: Candidate) -> bool:
    """A sale lets a shop write about goods like those that were bought, where it is lawful, and about nothing else."""
    return c.purpose in s.consents or (c.purpose in s.soft and c.of_a_sale)


def _held_by_time(minute: Minute, c: Candidate, house: Verdict | None) -> Decision | None:
    if house:
        return Decision(c, "hold", "house_rule", because_of=house[1])
    if c.transactional:
        return None
    s, hours = minute.situation, minute.hours
    if s.paused_until_at is not None and minute.now < s.paused_until_at:
        return Decision(c, "hold", "on_pause", s.paused_until_at)
    shut: str | None = hours.shut(minute.now, s.zone, s.country)
    until = (
        hours.released_at(minute.now, c.at, s.zone, s.country)
        if shut or _waiting_for_its_clock(c, minute.now)
        else None
    )
    if shut is None and until is not None and until > minute.now:
        shut = c.held_for
    return Decision(c, "hold", shut, until) if shut else None


def _waiting_for_its_clock(c: Candidate, now: int) -> bool:
    """What quiet hours or a closed day held goes at its `at`, even if it is asked again before."""
    by_hours = c.held_for in ("quiet_hours", "closed_day") and c.at is not None
    return by_hours and c.held_until_at is not None and now < c.held_until_at


def _held_by_caps(minute: Minute, c: Candidate) -> Decision | None:
    """Groups come before caps; what merges into a message already let go needs no place of its own."""
    if c.transactional or any(c.rule == other.rule for other in minute.sent):
        return None
    groups = [g for g in minute.policy.groups if c.rule in g.rules]
    caps = [k for k in minute.policy.caps if k.purpose in (None, c.purpose)]
    wish = minute.situation.wish
    limits: list[Cap | Group | Wish] = [*groups, *caps, *([wish] if wish else [])]
    full = [limit for limit in limits if not _has_room(limit, minute.messages, minute.now)]
    if not full:
        return None
    words = _words(full[0])
    reason = "grouped" if isinstance(full[0], Group) else "capped"
    ends = [m.at + limit.window_minutes * MINUTE for limit in full for m in minute.messages]
    until = min(t for t in ends if t > minute.now and all(_has_room(one, minute.messages, t) for one in full))
    dropped = c.when_capped == "drop"
    return Decision(
        c, "refuse" if dropped else "hold", reason, None if dropped else until, words, _taken(minute, full[0])
    )


def _words(limit: Cap | Group | Wish) -> str:
    if isinstance(limit, Group):
        return group_words(limit)
    return wish_words(limit) if isinstance(limit, Wish) else cap_words(limit)


def _has_room(limit: Cap | Group | Wish, messages: Sequence[Counted], moment: int) -> bool:
    """The window that ends at the moment, its start left out, holds fewer than the limit says."""
    start = moment - limit.window_minutes * MINUTE
    return sum(1 for m in messages if m.at > start and _counts(limit, m)) < limit.at_most


def _counts(limit: Cap | Group | Wish, message: Counted) -> bool:
    if isinstance(limit, Group):
        return message.rule in limit.rules
    return limit.purpose is None or limit.purpose == message.purpose


def _taken(minute: Minute, limit: Cap | Group | Wish) -> str | None:
    """Names the rule of this minute without whose message there would be room."""
    before = len([m for m in minute.situation.counted if m.purpose != "transactional"])
    messages = minute.messages
    for index in reversed(range(before, len(messages))):
        without = messages[:index] + messages[index + 1 :]
        if _has_room(limit, without, minute.now):
            return messages[index].rule
    return None


def _hold_or_expire(held: Decision, now: int) -> Decision:
    """What could not go in the minute of its expiry expires; a refusal stays one."""
    c = held.candidate
    if held.outcome != "hold":
        return held
    if whole_minute(now) == whole_minute(c.expires_at):
        return Decision(c, "expire", "expired", None, held.because_of, held.taken_by)
    if held.reason == "house_rule":
        return held
    until = c.expires_at if held.until_at is None else min(held.until_at, c.expires_at)
    return Decision(c, "hold", held.reason, until, held.because_of, held.taken_by)


def _house_verdicts(minute: Minute, candidates: Sequence[Candidate]) -> dict[tuple[str, int, str], Verdict]:
    """Goes through the house rules in file order; what an earlier one stops is not due for a later one."""
    verdicts: dict[tuple[str, int, str], Verdict] = {}
    alive = [c for c in candidates if _would_go(minute, c)]
    for index, rule in enumerate(minute.policy.house_rules):
        stopped = [c for c in candidates if rule.concerns(c.rule, c.purpose)]
        if not stopped or not _applies(minute.situation, index, rule, {c.rule for c in alive}):
            continue
        for c in stopped:
            if c.key not in verdicts or (rule.action == "refuse" and verdicts[c.key][0] == "hold"):
                verdicts[c.key] = (rule.action, rule.name)
        alive = [c for c in alive if c not in stopped]
    return verdicts


def _would_go(minute: Minute, c: Candidate) -> bool:
    held_out = c.held_out and not c.transactional
    return not held_out and not _too_late(c, minute.now) and _refusal(minute.situation, c) is None


def _applies(situation: Situation, index: int, rule: HouseRule, due: set[str]) -> bool:
    shape, leaves = take_apart(rule.condition)
    return _truth(shape, leaf_answers(index, len(leaves), situation.leaves), due) is True


def _truth(shape: Shape, answers: Sequence[bool | None], due: set[str]) -> bool | None:
    """Three-valued: None is unknown, and so is its opposite."""
    if isinstance(shape, Leaf):
        return answers[shape.index]
    if isinstance(shape, Due):
        return shape.rule in due
    if isinstance(shape, Opposite):
        truth = _truth(shape.part, answers, due)
        return None if truth is None else not truth
    parts = [_truth(part, answers, due) for part in shape.parts]
    decisive = isinstance(shape, Either)
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive
