"""The policy decided by forward chaining: candidates become events, what is known of the customer facts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from engine.clock import whole_minute
from engine.errors import PolicyFault
from engine.policy.counts import ROOM, Room, Tally, limits_of, with_wish
from engine.policy.hours import Hours
from engine.policy.house import leaf_answers
from engine.policy.limits import refuse_too_large
from engine.policy.model import Candidate, Counted, Decision, Situation
from engine.policy.program import (
    CLOSED_DAY,
    LAST_MINUTE,
    QUIET_HOURS,
    TOO_LATE,
    Verdict,
    leaf_property,
    program_of,
)
from engine.policy.ruleset import Ruleset, State
from engine.rulebook.ast import Policy

SHUT = {None: 0, "closed_day": CLOSED_DAY, "quiet_hours": QUIET_HOURS}
UNKNOWN = -1


class ForwardEvaluator:
    """Decides one customer's candidates with a ruleset compiled once from the policy."""

    name = "durable-rules"

    def __init__(self, policy: Policy, hours: Hours) -> None:
        self.policy, self.hours = policy, hours
        self.limits = limits_of(policy)
        self.program = program_of(policy)
        refuse_too_large(self.program.definition)
        self._run: Run | None = None
        actions: dict[str, Callable[[], None]] = {
            name: partial(self._on_verdict, verdict) for name, verdict in self.program.verdicts.items()
        }
        actions |= {name: partial(self._on_house, index) for name, index in self.program.house_rules.items()}
        self.ruleset = Ruleset(self.program.definition, actions)

    def judge(self, situation: Situation, accepted: Sequence[Counted], now: int) -> list[Decision]:
        """Returns one decision for each candidate, in the order in which they would go."""
        with self.ruleset.state() as state:
            limits = with_wish(self.limits, situation.wish)
            self._run = Run(self, state, situation, Tally(limits, situation.counted, accepted, now), now)
            return self._run.decisions()

    def _on_verdict(self, verdict: Verdict) -> None:
        if self._run is not None:
            self._run.fired.append(verdict)

    def _on_house(self, index: int) -> None:
        if self._run is not None:
            self._run.house_applies(index)


class Run:
    """One customer in one minute, on the way from facts to decisions."""

    def __init__(
        self, evaluator: ForwardEvaluator, state: State, situation: Situation, tally: Tally, now: int
    ) -> None:
        self.evaluator, self.state, self.situation, self.tally, self.now = (
            evaluator,
            state,
            situation,
            tally,
            now,
        )
        self.program, self.rules = evaluator.program, evaluator.policy.house_rules
        self.fired: list[Verdict] = []
        self.ordered = sorted(situation.candidates, key=lambda c: (-c.priority, c.due_at, c.rule, c.anchor))
        self.let_go: set[str] = set()
        self.house_step = 0  # house rules before it have had their turn
        self.refused: dict[str, int] = {}  # rule -> the house rule that refuses it
        self.held: dict[str, int] = {}
        self.due_facts: dict[str, str] = {}  # rule -> its fact, as told
        self.looked_at: dict[tuple[str, int, str], Verdict] = {}

    def decisions(self) -> list[Decision]:
        """Asks house rules first, then each candidate in order, counting anew after each that is let go."""
        suppressed, address = int(self.situation.suppressed), int(self.situation.address is not None)
        self.state.tell({"customer": 1, "suppressed": suppressed, "address": address})
        concerned = [h for h, rule in enumerate(self.rules) if self._concerns(rule.concerns)]
        if concerned:
            self._ask_house_rules(concerned)
        return [self._decide(candidate) for candidate in self.ordered]

    def house_applies(self, index: int) -> None:
        """Lets a house rule whose `if` is true stop what it names; it is no longer due for later ones.

        A rule that becomes true only because a later one took a due candidate away has had its turn.
        """
        if index < self.house_step:
            return
        self.house_step = index + 1
        rule = self.rules[index]
        stopped = self.refused if rule.action == "refuse" else self.held
        for candidate in self.ordered:
            if rule.concerns(candidate.rule, candidate.purpose):
                stopped.setdefault(candidate.rule, index)
                fact = self.due_facts.pop(candidate.rule, None)
                if fact is not None:
                    self.state.forget(fact)

    def _concerns(self, concerns: Callable[[str, str], bool]) -> bool:
        return any(concerns(candidate.rule, candidate.purpose) for candidate in self.ordered)

    def _ask_house_rules(self, concerned: Sequence[int]) -> None:
        """Tells what is due and what the store answered; the house fact comes last and lets the rules fire in order."""
        for candidate in self.ordered:
            if candidate.rule in self.program.due_numbers:
                self._look_at(candidate)
        house = {"house": 1}
        for index in concerned:
            answers = leaf_answers(index, self.program.houses[index].leaves, self.situation.leaves)
            for leaf, answer in enumerate(answers):
                house[leaf_property(index, leaf)] = UNKNOWN if answer is None else int(answer)
        self.state.tell(house)

    def _look_at(self, candidate: Candidate) -> None:
        """Asks the refusals of a candidate that a house rule may ask about; what none refuses is due."""
        verdict = self._ask(candidate, 1, 0, ROOM, None)
        self.looked_at[candidate.key] = verdict
        held_out = candidate.held_out and not candidate.transactional
        if verdict.outcome is None and not held_out and candidate.rule not in self.due_facts:
            number = self.program.due_numbers[candidate.rule]
            self.due_facts[candidate.rule] = self.state.tell({"due": number})

    def _decide(self, candidate: Candidate) -> Decision:
        looked = self.looked_at.get(candidate.key)
        if looked and looked.outcome:
            return Decision(candidate, looked.outcome, looked.reason, None, _cause(candidate, looked.reason))
        free = candidate.transactional or candidate.rule in self.let_go
        room = ROOM if free else self.tally.room(candidate)
        shut, released_at = self._shut(candidate)
        verdict = self._ask(candidate, int(looked is None), 1, room, shut)
        if verdict.outcome == "send" and not free:
            self.let_go.add(candidate.rule)
            self.tally.accept(candidate)
        return self._decision(candidate, verdict, room, shut, released_at)

    def _shut(self, candidate: Candidate) -> tuple[str | None, int | None]:
        """Says whether hours hold the candidate, and until when; what they held before waits for its own `at`."""
        if candidate.transactional:
            return None, None
        zone, country = self.situation.zone, self.situation.country
        shut = self.evaluator.hours.shut(self.now, zone, country)
        if shut is None and not self._waits_for_its_clock(candidate):
            return None, None
        released_at = self.evaluator.hours.released_at(self.now, candidate.at, zone, country)
        if shut is None:
            return (candidate.held_for, released_at) if (released_at or 0) > self.now else (None, None)
        return shut, released_at

    def _waits_for_its_clock(self, candidate: Candidate) -> bool:
        if candidate.at is None or candidate.held_for not in ("closed_day", "quiet_hours"):
            return False
        return candidate.held_until_at is not None and self.now < candidate.held_until_at

    def _ask(self, c: Candidate, asked: int, free: int, room: Room, shut: str | None) -> Verdict:
        self.fired.clear()
        self.state.ask({
            "candidate": 1, "asked": asked, "free": free, "marketing": int(not c.transactional),
            "late": self._late(c), "cancelled": int(c.cancelled), "matches": int(c.matches),
            "once": int(c.once_refuses), "consented": int(self._consented(c)),
            "house_refuse": self.refused.get(c.rule, -1) + 1, "house_hold": self.held.get(c.rule, -1) + 1,
            "on_pause": int(self._paused(c)), "shut": SHUT[shut], "drop": int(c.when_capped == "drop"),
            "group_wait": room.group_wait, "cap_wait": room.cap_wait, "held_out": int(c.held_out),
        })  # fmt: skip
        if len(self.fired) != 1:
            raise PolicyFault(f"{len(self.fired)} rules of the policy decided {c.key}")
        return self.fired[0]

    def _consented(self, c: Candidate) -> bool:
        situation = self.situation
        agreed = c.purpose in situation.consents or (c.of_a_sale and c.purpose in situation.soft)
        return agreed and c.rule not in situation.stopped

    def _paused(self, c: Candidate) -> bool:
        until_at = self.situation.paused_until_at
        return not c.transactional and until_at is not None and until_at > self.now

    def _late(self, candidate: Candidate) -> int:
        now, last = whole_minute(self.now), whole_minute(candidate.expires_at)
        return TOO_LATE if now > last else LAST_MINUTE if now == last else 0

    def _decision(
        self, c: Candidate, verdict: Verdict, room: Room, shut: str | None, released_at: int | None
    ) -> Decision:
        outcome, reason = verdict.outcome, verdict.reason
        if outcome is None:
            raise PolicyFault(f"the policy did not decide {c.key}")
        if self._late(c) == TOO_LATE:
            return Decision(c, outcome, reason)
        house = self.refused if reason == "house_rule" and outcome == "refuse" else self.held
        if reason == "house_rule" or (reason == "expired" and c.rule in self.held):
            return Decision(c, outcome, reason, None, self.rules[house[c.rule]].name)
        if reason == "on_pause":
            return Decision(c, outcome, reason, _not_after_expiry(c, self.situation.paused_until_at))
        if reason == "expired" and self._paused(c):
            return Decision(c, outcome, reason)
        if reason in ("closed_day", "quiet_hours"):
            return Decision(c, outcome, reason, _not_after_expiry(c, released_at))
        if reason in ("grouped", "capped") or (reason == "expired" and shut is None):
            until_at = _not_after_expiry(c, room.opens_at) if outcome == "hold" else None
            return Decision(c, outcome, reason, until_at, room.because_of, room.taken_by)
        return Decision(c, outcome, reason, None, _cause(c, reason))


def _cause(candidate: Candidate, reason: str | None) -> str | None:
    return candidate.cancelled_by if reason == "cancelled" else None


def _not_after_expiry(candidate: Candidate, until_at: int | None) -> int:
    """A hold is asked again in the minute of expiry at the latest."""
    return candidate.expires_at if until_at is None else min(until_at, candidate.expires_at)
