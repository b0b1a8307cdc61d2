"""Policies and customers drawn at random, so that every reason comes up often."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import strategies as st

from engine.clock import DAY, HOUR, MINUTE
from engine.consent.standing import Wish
from engine.policy.house import house_leaves
from engine.policy.model import Candidate, Counted, Situation
from engine.rulebook.ast import (
    All,
    Any_,
    Cap,
    Compare,
    Condition,
    DueIs,
    Group,
    HouseRule,
    Measure,
    Not,
    Policy,
)
from tests.policy.cases import DAYS, NOON

RULES = {
    "refill": ("marketing", 60),
    "win-back": ("marketing", 50),
    "birthday": ("marketing", 50),
    "letter": ("newsletter", 40),
    "recipes": ("recipes", 70),
    "thank-you": ("transactional", 90),
}
PURPOSES = ("marketing", "newsletter", "recipes")
ZONES = ("Europe/Warsaw", "Europe/Kyiv", "America/New_York", "Asia/Tokyo")
MOMENTS = ("wednesday noon", "wednesday noon", "night", "sunday", "christmas eve")
NOWS = {
    "wednesday noon": NOON,
    "night": NOON + 11 * HOUR,
    "sunday": NOON + 4 * DAY,
    "christmas eve": NOON + 36 * DAY,
}

rule_names = st.sampled_from(sorted(RULES))
leaves = st.integers(0, 3).map(lambda number: Measure("orders", Compare("=", number)))


def _deeper(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(several.map(All), several.map(Any_), parts.map(Not))


conditions: st.SearchStrategy[Condition] = st.recursive(
    st.one_of(leaves, rule_names.map(DueIs), rule_names.map(DueIs)), _deeper, max_leaves=4
)
house_rules = st.builds(
    HouseRule,
    st.sampled_from(["peace", "a refill beats a win-back", "Спокій 🕊"]),
    conditions,
    st.sampled_from(["hold", "refuse"]),
    st.sampled_from([(), (), ("marketing",), ("newsletter", "recipes")]),
    st.lists(rule_names, min_size=1, max_size=2, unique=True).map(tuple),
)
windows = st.sampled_from([90, DAYS, 3 * DAYS, 30 * DAYS])
caps = st.builds(Cap, st.integers(1, 3), windows, st.sampled_from([None, None, *PURPOSES]))
groups = st.builds(
    Group,
    st.sampled_from(["come-back", "others"]),
    st.lists(rule_names, min_size=2, max_size=4, unique=True).map(tuple),
    st.integers(1, 2),
    windows,
)
policies = st.builds(
    Policy,
    caps=st.lists(caps, max_size=3).map(tuple),
    quiet_hours=st.sampled_from([None, (1260, 480), (780, 840)]),
    closed_weekdays=st.sampled_from([(), (6,)]),
    closed_holidays=st.booleans(),
    groups=st.lists(groups, max_size=2).map(tuple),
    house_rules=st.lists(house_rules, max_size=3).map(tuple),
)


def customers(policy: Policy, seed: int, count: int, now: int) -> list[Situation]:
    """Draws customers, some of whom share a mailbox, from a seed that Hypothesis chose."""
    random = Random(seed)
    leaf_keys = [(house, leaf) for house, leaf, _ in house_leaves(policy)]
    return [_customer(random, number, leaf_keys, now) for number in range(count)]


def _customer(random: Random, number: int, leaf_keys: list[tuple[int, int]], now: int) -> Situation:
    answers = {key: random.choice((True, False, False, None)) for key in leaf_keys}
    if answers and random.random() < 0.15:
        answers.popitem()
    return Situation(
        customer_id=number,
        zone=random.choice(ZONES),
        country=random.choice(("PL", "UA", "US", "XX")),
        candidates=tuple(_candidate(random, number, anchor, now) for anchor in range(random.randrange(1, 7))),
        address=None if random.random() < 0.06 else f"mailbox{number * 2 // 3}@example.com",
        suppressed=random.random() < 0.06,
        consents=frozenset(purpose for purpose in PURPOSES if random.random() < 0.9),
        stopped=frozenset(rule for rule in RULES if random.random() < 0.04),
        counted=tuple(_message(random, now) for _ in range(random.choice((0, 0, 1, 2, 4)))),
        leaves=answers,
        soft=frozenset(purpose for purpose in PURPOSES if random.random() < 0.3),
        paused_until_at=now + random.choice((0, HOUR, 8 * DAY)) if random.random() < 0.08 else None,
        wish=Wish(random.choice((1, 2)), random.choice((7, 30)) * DAYS) if random.random() < 0.15 else None,
    )


def _message(random: Random, now: int) -> Counted:
    ago = random.choice((MINUTE, 90 * MINUTE, DAY, 3 * DAY, 3 * DAY - MINUTE, random.randrange(1, 31 * DAY)))
    purpose = random.choice((*PURPOSES, "marketing", "transactional"))
    return Counted(now - ago, purpose, random.choice([rule for rule in RULES if rule != "thank-you"]))


def _candidate(random: Random, number: int, anchor: int, now: int) -> Candidate:
    rule = random.choice(list(RULES))
    purpose, priority = RULES[rule]
    due_at = now - random.choice((0, 0, MINUTE, 5 * HOUR))
    clock = random.choice((None, None, 600, 420))
    but: dict[str, Any] = {}
    if random.random() < 0.2:
        reason = random.choice(("quiet_hours", "closed_day", "capped"))
        but = {"held": True, "held_for": reason, "held_until_at": now + random.choice((0, HOUR, DAY))}
    return Candidate(
        rule, number, f"order:{anchor}", purpose, priority, due_at - DAY, due_at,
        expires_at=random.choice((now, now - MINUTE, now + HOUR, *[now + 7 * DAY] * 12)),
        when_capped=random.choice(("hold", "hold", "drop")), at=clock,
        of_a_sale=random.random() < 0.5, cancelled=random.random() < 0.04, matches=random.random() > 0.04,
        cancelled_by="rule_off", once_refuses=random.random() < 0.04, held_out=random.random() < 0.15, **but,
    )  # fmt: skip
