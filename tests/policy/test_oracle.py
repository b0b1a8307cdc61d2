"""The forward-chaining engine says what the plain evaluator says, for thousands of customers and every reason."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from engine.policy.compiled import compile_policy
from engine.policy.decide import decide
from engine.rulebook.ast import Policy
from tests.policy.cases import NEEDS_DURABLE_RULES
from tests.policy.generated import MOMENTS, NOWS, customers, policies

CUSTOMERS_A_POLICY, POLICIES, AT_LEAST = 60, 200, 100
REASONS = [
    ("refuse", "cancelled"),
    ("refuse", "no_longer_matches"),
    ("refuse", "once"),
    ("refuse", "no_address"),
    ("refuse", "suppressed"),
    ("refuse", "no_consent"),
    ("refuse", "house_rule"),
    ("refuse", "policy_error"),
    ("hold", "house_rule"),
    ("hold", "closed_day"),
    ("hold", "quiet_hours"),
    ("hold", "grouped"),
    ("hold", "capped"),
    ("refuse", "grouped"),
    ("refuse", "capped"),
    ("refuse", "holdout"),
    ("expire", "expired"),
    ("send", None),
]


@NEEDS_DURABLE_RULES
def test_both_engines_decide_alike_for_5000_customers_in_which_every_reason_occurs_100_times() -> None:
    seen: Counter[tuple[str, str | None]] = Counter()
    asked = Counter[str]()

    # Shrinking would cost more than it shows: a customer is already small, and the two answers are printed.
    @settings(
        max_examples=POLICIES, derandomize=True, database=None, deadline=None,
        suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate),
    )  # fmt: skip
    @given(policy=policies, seed=st.integers(0, 2**32), moment=st.sampled_from(MOMENTS))
    def compare(policy: Policy, seed: int, moment: str) -> None:
        now = NOWS[moment]
        situations = customers(policy, seed, CUSTOMERS_A_POLICY, now)
        with capture_logs():
            chained = decide(situations, compile_policy(policy, engine="durable-rules"), now)
            plain = decide(situations, compile_policy(policy, engine="plain"), now)
        assert chained == plain
        assert len(chained) == sum(len(one.candidates) for one in situations)
        seen.update((decision.outcome, decision.reason) for decision in chained)
        asked["customers"] += len(situations)
        asked["told who took the place"] += sum(decision.taken_by is not None for decision in chained)
        event(moment)

    compare()
    assert asked["customers"] >= 5000
    assert asked["told who took the place"] >= AT_LEAST
    assert {reason: seen[reason] for reason in REASONS if seen[reason] < AT_LEAST} == {}
