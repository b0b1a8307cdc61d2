"""What becomes of a candidate, and the one reason that RULES.md's order gives for it."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from engine.clock import MINUTE
from engine.policy.compiled import Engine, compile_policy
from engine.policy.decide import decide
from engine.rulebook.ast import Policy
from tests.policy.cases import COMPLAINT, NOON, anna, decided, mail, only, per, sent, stops, summary

EVERYTHING_AGAINST = Policy(
    caps=(per(1, 3),),
    closed_weekdays=(0, 1, 2, 3, 4, 5),
    quiet_hours=(9 * 60, 18 * 60),
    house_rules=(
        stops("refuse", COMPLAINT, purposes=["marketing"], name="refuses"),
        stops("hold", COMPLAINT, purposes=["marketing"], name="holds"),
    ),
)
LADDER: list[tuple[str, str, dict[str, Any]]] = [
    ("refuse", "cancelled", {"cancelled": False}),
    ("refuse", "no_longer_matches", {"matches": True}),
    ("refuse", "once", {"once_refuses": False}),
    ("refuse", "no_address", {"address": "anna@example.com"}),
    ("refuse", "suppressed", {"suppressed": False}),
    ("refuse", "no_consent", {"consents": frozenset({"marketing"})}),
    ("refuse", "house_rule", {"leaves": {(0, 0): False, (1, 0): True}}),
    ("hold", "house_rule", {"leaves": {(0, 0): False, (1, 0): False}}),
    ("hold", "closed_day", {"policy": {"closed_weekdays": ()}}),
    ("hold", "quiet_hours", {"policy": {"quiet_hours": None}}),
    ("hold", "capped", {"counted": ()}),
    ("refuse", "holdout", {"held_out": False}),
    ("send", "", {}),
]
OF_CANDIDATE = ("cancelled", "matches", "once_refuses", "held_out")


@pytest.mark.parametrize("step", range(len(LADDER)), ids=[f"{o}-{r}" for o, r, _ in LADDER])
def test_the_reason_is_the_first_that_applies(engine: Engine, step: int) -> None:
    candidate: dict[str, Any] = {"cancelled": True, "matches": False, "once_refuses": True, "held_out": True}
    customer: dict[str, Any] = {
        "address": None,
        "suppressed": True,
        "consents": frozenset(),
        "leaves": {(0, 0): True, (1, 0): True},
        "counted": (sent(NOON - MINUTE),),
    }
    policy: dict[str, Any] = {}
    for _, _, remedies in LADDER[:step]:
        for name, value in remedies.items():
            if name == "policy":
                policy |= value
            else:
                (candidate if name in OF_CANDIDATE else customer)[name] = value
    given = {
        f: getattr(EVERYTHING_AGAINST, f) for f in ("caps", "closed_weekdays", "quiet_hours", "house_rules")
    }
    decision = only(engine, Policy(**{**given, **policy}), anna(mail(**candidate), **customer))
    assert (decision.outcome, decision.reason or "") == LADDER[step][:2]


def test_what_is_cancelled_says_by_what_and_nothing_else_does(engine: Engine) -> None:
    gone = mail("refill", cancelled=True, cancelled_by="rule_off")
    assert [d.because_of for d in decided(engine, Policy(), anna(gone))] == ["rule_off"]
    fits_no_more = mail("refill", matches=False, cancelled_by="rule_off")
    assert [d.because_of for d in decided(engine, Policy(), anna(fits_no_more))] == [None]


def test_what_nothing_objects_to_is_sent_without_a_reason(engine: Engine) -> None:
    decision = only(engine, Policy(), anna(mail()))
    assert (decision.outcome, decision.reason, decision.until_at) == ("send", None, None)


def test_consent_for_another_purpose_is_no_consent(engine: Engine) -> None:
    letter = mail(purpose="newsletter")
    assert only(engine, Policy(), anna(letter, consents=frozenset({"marketing"}))).reason == "no_consent"


def test_a_thank_you_needs_no_consent_and_neither_counts_nor_waits(engine: Engine) -> None:
    thanks = mail("thank-you", purpose="transactional", priority=10, held_out=True)
    annas = anna(thanks, consents=frozenset(), counted=(sent(NOON),), leaves={(0, 0): True, (1, 0): True})
    assert only(engine, EVERYTHING_AGAINST, annas).outcome == "send"


def test_a_thank_you_let_go_leaves_the_cap_to_the_refill(engine: Engine) -> None:
    annas = anna(mail("thank-you", purpose="transactional", priority=90), mail("refill"))
    assert [d.outcome for d in decided(engine, Policy(caps=(per(1, 3),)), annas)] == ["send", "send"]


def test_an_earlier_transactional_message_that_is_handed_over_by_mistake_does_not_count(
    engine: Engine,
) -> None:
    annas = anna(mail(), counted=(sent(NOON - MINUTE, "thank-you", "transactional"),))
    assert only(engine, Policy(caps=(per(1, 3),)), annas).outcome == "send"


@pytest.mark.parametrize(
    ("candidate", "customer", "reason"),
    [
        ({"cancelled": True}, {}, "cancelled"),
        ({"matches": False}, {}, "no_longer_matches"),
        ({"once_refuses": True}, {}, "once"),
        ({}, {"address": None}, "no_address"),
        ({}, {"suppressed": True}, "suppressed"),
    ],
)
def test_suppression_and_a_missing_address_stop_a_thank_you_too(
    engine: Engine, candidate: dict[str, Any], customer: dict[str, Any], reason: str
) -> None:
    thanks = mail("thank-you", purpose="transactional", **candidate)
    assert only(engine, Policy(), anna(thanks, **customer)).reason == reason


def test_only_those_who_would_have_been_mailed_are_held_out(engine: Engine) -> None:
    annas = anna(mail(held_out=True), counted=(sent(NOON - MINUTE),))
    assert only(engine, Policy(caps=(per(1, 3),)), annas).reason == "capped"


def test_one_who_is_held_out_uses_up_no_cap(engine: Engine) -> None:
    annas = anna(mail("win-back", held_out=True, priority=90), mail("refill"))
    decisions = summary(decided(engine, Policy(caps=(per(1, 3),)), annas))
    assert decisions == {"win-back": ("refuse", "holdout"), "refill": ("send", None)}


def test_in_the_minute_of_its_expiry_a_mail_still_goes_if_it_can(engine: Engine) -> None:
    assert only(engine, Policy(), anna(mail(expires_at=NOON))).outcome == "send"


def test_in_the_minute_of_its_expiry_what_cannot_go_expires(engine: Engine) -> None:
    annas = anna(mail(expires_at=NOON), counted=(sent(NOON - MINUTE),))
    decision = only(engine, Policy(caps=(per(1, 3),)), annas)
    assert (decision.outcome, decision.reason, decision.until_at) == ("expire", "expired", None)
    assert decision.because_of == "1 per 3 days"


def test_in_the_minute_of_its_expiry_a_refusal_stays_a_refusal(engine: Engine) -> None:
    capped = anna(mail(expires_at=NOON, when_capped="drop"), counted=(sent(NOON - MINUTE),))
    assert only(engine, Policy(caps=(per(1, 3),)), capped).reason == "capped"
    assert only(engine, Policy(), anna(mail(expires_at=NOON), consents=frozenset())).reason == "no_consent"


def test_after_the_minute_of_its_expiry_nothing_goes_any_more(engine: Engine) -> None:
    late = mail(expires_at=NOON - MINUTE, purpose="transactional", cancelled=True)
    assert only(engine, Policy(), anna(late)).outcome == "expire"


def test_the_minute_of_expiry_has_sixty_seconds(engine: Engine) -> None:
    assert only(engine, Policy(), anna(mail(expires_at=NOON)), now=NOON + MINUTE - 1).outcome == "send"


def test_a_hold_is_asked_again_at_expiry_at_the_latest(engine: Engine) -> None:
    annas = anna(mail(expires_at=NOON + 5 * MINUTE), counted=(sent(NOON - MINUTE),))
    assert only(engine, Policy(caps=(per(1, 3),)), annas).until_at == NOON + 5 * MINUTE


def test_the_order_is_priority_then_due_moment_then_rule_then_anchor(engine: Engine) -> None:
    mails = [
        mail("b", "order:2"),
        mail("b", "order:1"),
        mail("a"),
        mail("z", due_at=NOON - MINUTE),
        mail("low", priority=10, due_at=NOON - 9 * MINUTE),
        mail("high", priority=60),
    ]
    order = [(d.candidate.rule, d.candidate.anchor[-1]) for d in decided(engine, Policy(), anna(*mails))]
    assert order == [("high", "1"), ("z", "1"), ("a", "1"), ("b", "1"), ("b", "2"), ("low", "1")]


def test_a_missing_answer_stops_that_customer_loudly_and_no_other(engine: Engine) -> None:
    policy = Policy(house_rules=(stops("hold", COMPLAINT, purposes=["marketing"]),))
    annas = anna(mail("refill"), mail("birthday"))
    borys = anna(mail(customer_id=2), customer_id=2, address="borys@example.com", leaves={(0, 0): False})
    with capture_logs() as logs:
        decisions = decided(engine, policy, annas, borys)
    assert [(d.outcome, d.reason) for d in decisions] == [
        ("refuse", "policy_error"),
        ("refuse", "policy_error"),
        ("send", None),
    ]
    assert [(line["log_level"], line["event"], line["customer_id"]) for line in logs] == [
        ("error", "policy_error", 1)
    ]


def test_an_unknown_zone_stops_that_customer_only(engine: Engine) -> None:
    policy = Policy(quiet_hours=(21 * 60, 8 * 60))
    borys = anna(mail(customer_id=2), customer_id=2, address="borys@example.com")
    with capture_logs():
        decisions = decided(engine, policy, anna(mail(), zone="Europe/Nowhere"), borys)
    assert [d.reason for d in decisions] == ["policy_error", None]


def test_every_candidate_gets_exactly_one_decision_and_none_gets_none(engine: Engine) -> None:
    assert decided(engine, Policy()) == []
    assert decided(engine, Policy(), anna()) == []
    annas = anna(*(mail(rule, anchor) for rule in ("a", "b") for anchor in ("order:1", "order:2")))
    assert len({d.candidate.key for d in decided(engine, Policy(), annas)}) == 4


def test_an_engine_that_loses_a_candidate_gets_nobody_mailed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = compile_policy(Policy(), engine=engine)
    judge = type(compiled.evaluator).judge
    monkeypatch.setattr(type(compiled.evaluator), "judge", lambda *args: judge(*args)[1:])
    with capture_logs() as logs:
        decisions = decide([anna(mail("a"), mail("b"))], compiled, NOON)
    assert [d.reason for d in decisions] == ["policy_error", "policy_error"]
    assert "1 decisions for 2 candidates" in logs[0]["error"]


def test_the_answer_keeps_the_order_in_which_customers_were_given(engine: Engine) -> None:
    celina = anna(mail(customer_id=3), customer_id=3)
    borys = anna(mail(customer_id=2), customer_id=2)
    assert [d.candidate.customer_id for d in decided(engine, Policy(), celina, borys)] == [3, 2]


def test_a_rule_that_the_customer_stopped_is_refused_and_the_next_goes(engine: Engine) -> None:
    stopped = anna(mail("refill"), mail("win-back"), stopped=frozenset({"refill"}))
    assert summary(decided(engine, Policy(), stopped)) == {
        "refill": ("refuse", "no_consent"),
        "win-back": ("send", None),
    }


def test_a_mail_about_an_order_cannot_be_stopped(engine: Engine) -> None:
    thanks = mail("thank-you", purpose="transactional")
    assert only(engine, Policy(), anna(thanks, stopped=frozenset({"thank-you"}))).outcome == "send"
