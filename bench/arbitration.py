"""Arbitration of five candidates a customer, full reasons: the policy's engine against one hand-written loop.

    python -m bench.arbitration

The loop below is what one would write for this one policy and no other: no rule engine, no policy to interpret, the
hours of a zone looked up once. It returns the same decisions, which is asserted. Medians of interleaved runs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

from engine.clock import DAY, HOUR, MINUTE
from engine.policy.compiled import compile_policy, engine_name
from engine.policy.decide import decide
from engine.policy.hours import Hours
from engine.policy.model import Candidate, Counted, Decision, Situation
from engine.rulebook.ast import Cap, Compare, DueIs, Group, HouseRule, Measure, Policy

CUSTOMERS, RUNS, TARGET = 2000, 9, 40.0
NOW = 1_794_999_600_000_000  # 2026-11-18 12:00 in Warsaw, a Wednesday
RULES = {
    "lens-refill": ("marketing", 60),
    "win-back-180": ("marketing", 50),
    "win-back-270": ("marketing", 50),
    "newsletter": ("newsletter", 30),
    "thank-you": ("transactional", 90),
}
POLICY = Policy(
    caps=(Cap(1, 3 * 1440), Cap(6, 30 * 1440), Cap(3, 30 * 1440, "newsletter")),
    quiet_hours=(21 * 60, 8 * 60),
    closed_weekdays=(6,),
    closed_holidays=True,
    groups=(Group("come-back", ("win-back-180", "win-back-270"), 1, 60 * 1440),),
    house_rules=(
        HouseRule("peace", Measure("open_complaints", Compare(">=", 1)), "hold", ("marketing", "newsletter")),
        HouseRule("refill first", DueIs("lens-refill"), "refuse", (), ("win-back-180",)),
    ),
)
CAP_WORDS = ("1 per 3 days", "6 per 30 days", "newsletter: 3 per 30 days")
GROUP_WORDS = "come-back: 1 per 60 days"
COME_BACK = frozenset({"win-back-180", "win-back-270"})


def run(runs: int = RUNS) -> dict[str, Any]:
    """Measures both, interleaved, and returns name, limit and measured (seconds), ratio and target."""
    people, policy = situations(), compile_policy(POLICY)
    hours = Hours(POLICY, None)
    if by_hand(people, hours, NOW) != decide(people, policy, NOW):
        raise AssertionError("the loop and the policy decide differently: there is nothing to compare")
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        times[0].append(_timed(lambda: by_hand(people, hours, NOW)))
        times[1].append(_timed(lambda: decide(people, policy, NOW)))
    limit, measured = median(times[0]), median(times[1])
    name = f"arbitration, {CUSTOMERS} customers with five candidates, {engine_name()}"
    return {"name": name, "limit": limit, "measured": measured, "ratio": measured / limit, "target": TARGET}


def situations() -> list[Situation]:
    """Draws customers of every kind, the same in every run."""
    random = Random(20261118)
    return [_customer(random, number) for number in range(CUSTOMERS)]


def _customer(random: Random, number: int) -> Situation:
    return Situation(
        number,
        random.choice(("Europe/Warsaw", "Europe/Warsaw", "Europe/Kyiv", "America/New_York")),
        "PL",
        tuple(_candidate(random, number, rule) for rule in RULES),
        f"c{number}@example.com",
        random.random() < 0.02,
        frozenset(purpose for purpose in ("marketing", "newsletter") if random.random() < 0.9),
        counted=tuple(_message(random) for _ in range(random.randrange(4))),
        leaves={(0, 0): random.random() < 0.05},
    )


def _message(random: Random) -> Counted:
    rule = random.choice([rule for rule in RULES if rule != "thank-you"])
    return Counted(NOW - random.randrange(40 * 24) * HOUR, RULES[rule][0], rule)


def _candidate(random: Random, number: int, rule: str) -> Candidate:
    purpose, priority = RULES[rule]
    due_at = NOW - random.randrange(3) * MINUTE
    return Candidate(
        rule, number, "order:1", purpose, priority, due_at - DAY, due_at, due_at + 7 * DAY,
        when_capped=random.choice(("hold", "hold", "drop")), matches=random.random() > 0.02,
        cancelled=random.random() < 0.02, once_refuses=random.random() < 0.02, held_out=random.random() < 0.05,
    )  # fmt: skip


def by_hand(people: list[Situation], hours: Hours, now: int) -> list[Decision]:
    """Decides POLICY, and only POLICY, in one loop."""
    decisions: list[Decision] = []
    decide_one = _decide_one
    for s in people:
        shut = hours.shut(now, s.zone, s.country)
        until = hours.opens_at(now, s.zone, s.country) if shut else None
        messages = [(m.at, m.purpose, m.rule) for m in s.counted]
        messages.sort(reverse=True)
        refill = False
        for c in s.candidates:
            if c.rule == "lens-refill" and not c.held_out and _refusal(s, c) is None and not s.leaves[0, 0]:
                refill = True
        taken: list[str] = []
        for c in sorted(s.candidates, key=lambda c: (-c.priority, c.due_at, c.rule, c.anchor)):
            decision = decide_one(s, c, now, refill, shut, until, messages, taken)
            decisions.append(decision)
            if decision.outcome == "send" and c.purpose != "transactional":
                messages.insert(0, (now, c.purpose, c.rule))
                taken.append(c.rule)
    return decisions


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
    if c.purpose != "transactional" and c.purpose not in s.consents:
        return "no_consent"
    return None


def _decide_one(
    s: Situation, c: Candidate, now: int, refill: bool, shut: str | None, until: int | None,
    messages: list[tuple[int, str, str]], taken: list[str],
) -> Decision:  # fmt: skip
    reason = _refusal(s, c)
    if reason:
        return Decision(c, "refuse", reason)
    if c.purpose == "transactional":
        return Decision(c, "send")
    if refill and c.rule == "win-back-180":
        return Decision(c, "refuse", "house_rule", None, "refill first")
    if s.leaves[0, 0]:
        return Decision(c, "hold", "house_rule", None, "peace")
    if shut:
        return Decision(c, "hold", shut, min(until or c.expires_at, c.expires_at))
    full = _full(c, now, messages)
    if full:
        reason, words, opens_at, last = full
        by = next((rule for rule in reversed(taken) if last(rule)), None)
        if c.when_capped == "drop":
            return Decision(c, "refuse", reason, None, words, by)
        return Decision(c, "hold", reason, min(opens_at, c.expires_at), words, by)
    return Decision(c, "refuse", "holdout") if c.held_out else Decision(c, "send")


def _full(
    c: Candidate, now: int, messages: list[tuple[int, str, str]]
) -> tuple[str, str, int, Callable[[str], bool]] | None:
    first, opens_at = None, 0
    if c.rule in COME_BACK:
        for at, _, rule in messages:
            if rule in COME_BACK:
                if at + 60 * DAY > now:
                    first, opens_at = ("grouped", GROUP_WORDS, COME_BACK.__contains__), at + 60 * DAY
                break
    for words, most, window in ((CAP_WORDS[0], 1, 3 * DAY), (CAP_WORDS[1], 6, 30 * DAY)):
        if len(messages) >= most and messages[most - 1][0] + window > now:
            first = first or ("capped", words, bool)
            opens_at = max(opens_at, messages[most - 1][0] + window)
    if c.purpose == "newsletter":
        letters = [at for at, purpose, _ in messages if purpose == "newsletter"]
        if len(letters) >= 3 and letters[2] + 30 * DAY > now:
            first = first or ("capped", CAP_WORDS[2], "newsletter".__eq__)
            opens_at = max(opens_at, letters[2] + 30 * DAY)
    return (first[0], first[1], opens_at, first[2]) if first else None


def _timed(work: Callable[[], object]) -> float:
    begin = perf_counter()
    work()
    return perf_counter() - begin


if __name__ == "__main__":
    found = run()
    each = found["measured"] / CUSTOMERS * 1e6
    print(
        f"{found['name']}: {found['ratio']:.1f}x of a loop (target <= {TARGET:.0f}x), {each:.0f} us a customer"
    )
    sys.exit(found["ratio"] > TARGET)
