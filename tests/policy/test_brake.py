"""How much a rule may send today, worked out from its busiest day: plain numbers in, plain numbers out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.clock import DAY, MINUTE
from engine.config import Brake
from engine.policy.brake import Allowance, allowance, decide_within, usual_day
from engine.policy.model import Candidate, Decision, Situation

LIMITS = Brake(times=Decimal(5), at_least=100, first=1_000)
NOON = 1_772_362_800_000_000


def test_the_usual_volume_is_the_busiest_day_of_late_and_two_days_are_no_habit() -> None:
    assert usual_day([10, 0, 0, 30, 20, 0]) == 30
    assert usual_day([10, 30, 0]) is None


def test_the_stragglers_of_a_newsletter_do_not_brake_its_next_issue() -> None:
    issue_and_those_whom_a_cap_held = [2_000, 12, 8, 5]
    assert allowance(LIMITS, issue_and_those_whom_a_cap_held, 0).limit == 10_000


def test_a_rule_may_send_five_times_its_busiest_day() -> None:
    assert allowance(LIMITS, [40, 40, 40], 150) == Allowance(200, 50, 40)
    assert allowance(LIMITS, [40, 40, 40], 200).left == 0
    assert allowance(LIMITS, [40, 40, 40], 250).left == 0


def test_what_is_never_too_many_is_never_too_many() -> None:
    assert allowance(LIMITS, [2, 2, 2], 0).limit == 100


def test_a_rule_without_a_usual_day_has_a_limit_of_its_own_or_none() -> None:
    assert allowance(LIMITS, [], 0) == Allowance(1_000, 1_000)
    assert allowance(Brake(first=None), [], 10**6) == Allowance(None, None)


def test_a_braked_rule_may_send_nothing_and_a_released_one_anything() -> None:
    assert allowance(LIMITS, [40, 40, 40], 0, braked=True).left == 0
    assert allowance(Brake(first=None), [], 0, braked=True).left == 0
    assert allowance(LIMITS, [40, 40, 40], 9_999, released=True).left is None


def candidate(rule: str, customer: int, anchor: str = "a", purpose: str = "marketing") -> Candidate:
    return Candidate(rule, customer, anchor, purpose, 50, NOON, NOON, NOON + DAY)


def send_all(asked: object) -> list[Decision]:
    return [Decision(c, "send") for s in asked for c in s.candidates]  # type: ignore[attr-defined]


def situation(*candidates: Candidate) -> Situation:
    return Situation(candidates[0].customer_id, "Europe/Warsaw", "PL", candidates)


def decided(asked: list[Situation], left: int | None, now: int = NOON) -> tuple[list[str], frozenset[str]]:
    allowed = {"refill": Allowance(left, left)}
    found, braked = decide_within(asked, allowed, send_all, now)
    return [decision.outcome for decision in found], braked


def test_what_goes_beyond_is_held_and_the_rule_is_named() -> None:
    asked = [situation(candidate("refill", n)) for n in (1, 2, 3)]
    assert decided(asked, 2) == (["send", "send", "hold"], frozenset({"refill"}))
    assert decided(asked, 3) == (["send"] * 3, frozenset())
    assert decided(asked, None) == (["send"] * 3, frozenset())


def test_anchors_that_merge_into_one_mail_count_once() -> None:
    asked = [situation(candidate("refill", 1, "a"), candidate("refill", 1, "b"))]
    assert decided(asked, 1) == (["send", "send"], frozenset())


def test_mails_about_orders_and_rules_without_a_limit_are_left_alone() -> None:
    asked = [situation(candidate("refill", n, purpose="transactional")) for n in (1, 2)]
    assert decided(asked, 0) == (["send", "send"], frozenset())
    assert decided([situation(candidate("other", 1))], 0) == (["send"], frozenset())


def test_others_are_decided_as_if_what_the_brake_holds_were_not_there() -> None:
    asked = [situation(candidate("refill", 1), candidate("small", 1))]

    def first_only(situations: object) -> list[Decision]:
        found = []
        for each in situations:  # type: ignore[attr-defined]
            first, *rest = each.candidates
            found += [
                Decision(first, "send"),
                *(Decision(c, "hold", "capped", taken_by=first.rule) for c in rest),
            ]
        return found

    found, _ = decide_within(asked, {"refill": Allowance(0, 0)}, first_only, NOON)
    assert {(d.candidate.rule, d.outcome, d.reason) for d in found} == {
        ("small", "send", None),
        ("refill", "hold", "braked"),
    }


@pytest.mark.parametrize(("later", "outcome"), [(0, "expire"), (-MINUTE, "hold")])
def test_what_the_brake_holds_expires_in_its_minute(later: int, outcome: str) -> None:
    asked = [situation(candidate("refill", 1))]
    assert decided(asked, 0, NOON + DAY + later)[0] == [outcome]
