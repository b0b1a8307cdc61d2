"""Which wording of a mail a customer gets: drawn once and for good from a keyed hash, in proportion to the weights."""

from __future__ import annotations

from collections.abc import Mapping

from engine.policy.holdout import drawn

WHOLE = 2**64


def variant_of(key: bytes, rule: str, customer: str, weights: Mapping[str, int]) -> str | None:
    """Returns the variant of a rule that this customer always gets; None where the rule has none.

    Variants lie side by side on a line, by name, each as long as its share: so a changed weight moves only those
    customers whose part of the line changes hands. The draw is another than the holdout's.
    """
    place, end = drawn(key, "variant", rule, customer), 0
    for name, weight in sorted(weights.items()):
        end += weight
        if place * sum(weights.values()) < end * WHOLE:
            return name
    return None
