"""Variants are drawn once and for good, in proportion to their weights, apart from every other draw."""

from __future__ import annotations

from collections import Counter

from engine.policy.holdout import held_out
from engine.policy.variants import variant_of

KEY = b"the key of a home"
PEOPLE = [str(n) for n in range(20_000)]


def drawn(weights: dict[str, int], rule: str = "refill", key: bytes = KEY) -> dict[str, str | None]:
    return {customer: variant_of(key, rule, customer, weights) for customer in PEOPLE}


def test_a_customer_always_gets_the_same_wording_of_a_rule() -> None:
    assert drawn({"a": 50, "b": 50}) == drawn({"b": 50, "a": 50})


def test_shares_follow_the_weights() -> None:
    shares = Counter(drawn({"a": 60, "b": 30, "c": 10}).values())
    assert [round(shares[name] / len(PEOPLE), 2) for name in "abc"] == [0.6, 0.3, 0.1]


def test_weights_are_proportions_not_per_cent() -> None:
    assert drawn({"a": 1, "b": 3}) == drawn({"a": 25, "b": 75})


def test_a_greater_weight_keeps_those_who_had_the_wording() -> None:
    before, after = drawn({"a": 50, "b": 50}), drawn({"a": 70, "b": 30})
    assert all(after[customer] == "a" for customer in PEOPLE if before[customer] == "a")
    assert any(after[customer] == "a" for customer in PEOPLE if before[customer] == "b")


def test_rules_and_keys_draw_apart() -> None:
    weights = {"a": 50, "b": 50}
    for other in (drawn(weights, rule="win-back"), drawn(weights, key=b"another home")):
        alike = sum(one == two for one, two in zip(drawn(weights).values(), other.values(), strict=True))
        assert 0.45 < alike / len(PEOPLE) < 0.55


def test_the_holdout_takes_from_each_variant_alike() -> None:
    left = Counter(
        variant for customer, variant in drawn({"a": 50, "b": 50}).items()
        if not held_out(KEY, "refill", customer, 20)
    )  # fmt: skip
    assert 0.48 < left["a"] / sum(left.values()) < 0.52


def test_a_rule_without_variants_has_none() -> None:
    assert variant_of(KEY, "refill", "1", {}) is None
