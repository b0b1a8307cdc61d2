"""House rules: in file order, three-valued, and with `due` worked out by chaining."""

from __future__ import annotations

import pytest

from engine.clock import DAY, MINUTE
from engine.errors import PolicyFault
from engine.policy.compiled import Engine
from engine.policy.house import conjuncts, house_leaves, take_apart
from engine.rulebook.ast import All, Any_, Compare, Condition, DueIs, FieldIs, Measure, Not, Policy
from tests.policy.cases import COMPLAINT, NOON, anna, at, decided, mail, only, per, sent, stops, summary

VIP = FieldIs("tier", Compare("=", "gold"))
OLD = Measure("orders", Compare(">=", 9))
PEACE = Policy(house_rules=(stops("hold", COMPLAINT, purposes=["marketing", "newsletter"], name="peace"),))
REFILL_WINS = Policy(house_rules=(stops("refuse", DueIs("refill"), rules=["win-back"], name="refill wins"),))


def test_a_hold_names_its_house_rule_and_lasts_until_a_fact_is_learned(engine: Engine) -> None:
    decision = only(engine, PEACE, anna(mail(), leaves={(0, 0): True}))
    assert (decision.outcome, decision.reason, decision.because_of) == ("hold", "house_rule", "peace")
    assert decision.until_at is None


@pytest.mark.parametrize("answer", [False, None])
def test_what_is_false_or_unknown_stops_nothing(engine: Engine, answer: bool | None) -> None:
    assert only(engine, PEACE, anna(mail(), leaves={(0, 0): answer})).outcome == "send"


def test_the_opposite_of_what_is_unknown_is_unknown_too(engine: Engine) -> None:
    policy = Policy(house_rules=(stops("hold", Not(All((VIP, DueIs("other")))), purposes=["marketing"]),))
    with_other = (mail(), mail("other"))
    assert decided(engine, policy, anna(*with_other, leaves={(0, 0): None}))[1].outcome == "send"
    assert decided(engine, policy, anna(*with_other, leaves={(0, 0): False}))[1].outcome == "hold"
    assert only(engine, policy, anna(mail(), leaves={(0, 0): None})).outcome == "hold"


def test_a_house_rule_stops_only_the_purposes_and_rules_it_names(engine: Engine) -> None:
    policy = Policy(house_rules=(stops("hold", COMPLAINT, purposes=["newsletter"], rules=["win-back"]),))
    mails = [mail("letter", purpose="newsletter"), mail("win-back"), mail("refill")]
    found = summary(decided(engine, policy, anna(*mails, leaves={(0, 0): True})))
    assert {rule: outcome for rule, (outcome, _) in found.items()} == {
        "letter": "hold",
        "win-back": "hold",
        "refill": "send",
    }


def test_transactional_mail_is_stopped_only_by_its_rules_name(engine: Engine) -> None:
    by_purpose = Policy(house_rules=(stops("hold", COMPLAINT, purposes=["transactional", "marketing"]),))
    by_rule = Policy(house_rules=(stops("hold", COMPLAINT, rules=["thank-you"]),))
    thanks = anna(mail("thank-you", purpose="transactional"), leaves={(0, 0): True})
    assert only(engine, by_purpose, thanks).outcome == "send"
    assert only(engine, by_rule, thanks).outcome == "hold"


def test_a_house_rule_that_holds_no_candidate_back_need_not_be_answered(engine: Engine) -> None:
    assert only(engine, PEACE, anna(mail("thank-you", purpose="transactional"))).outcome == "send"


def test_a_refusal_comes_before_a_hold_whatever_the_order_in_the_file(engine: Engine) -> None:
    rules = (
        stops("hold", COMPLAINT, purposes=["marketing"], name="holds"),
        stops("refuse", COMPLAINT, purposes=["marketing"], name="refuses"),
    )
    decision = only(engine, Policy(house_rules=rules), anna(mail(), leaves={(0, 0): True, (1, 0): True}))
    assert (decision.outcome, decision.because_of) == ("refuse", "refuses")


def test_of_two_that_hold_the_first_in_the_file_is_named(engine: Engine) -> None:
    rules = tuple(stops("hold", COMPLAINT, purposes=["marketing"], name=name) for name in ("first", "second"))
    decision = only(engine, Policy(house_rules=rules), anna(mail(), leaves={(0, 0): True, (1, 0): True}))
    assert decision.because_of == "first"


def test_in_the_minute_of_its_expiry_what_a_house_rule_holds_expires(engine: Engine) -> None:
    decision = only(engine, PEACE, anna(mail(expires_at=NOON), leaves={(0, 0): True}))
    assert (decision.outcome, decision.reason, decision.because_of) == ("expire", "expired", "peace")


def test_a_refill_beats_a_win_back(engine: Engine) -> None:
    found = summary(decided(engine, REFILL_WINS, anna(mail("win-back", priority=90), mail("refill"))))
    assert found == {"win-back": ("refuse", "house_rule"), "refill": ("send", None)}
    assert only(engine, REFILL_WINS, anna(mail("win-back"))).outcome == "send"


def test_it_is_due_though_a_cap_or_group_holds_it(engine: Engine) -> None:
    policy = Policy(caps=(per(1, 3),), house_rules=REFILL_WINS.house_rules)
    both = anna(mail("win-back"), mail("refill"), counted=(sent(NOON - DAY),))
    assert summary(decided(engine, policy, both)) == {
        "win-back": ("refuse", "house_rule"),
        "refill": ("hold", "capped"),
    }


@pytest.mark.parametrize("moment", ["2026-11-18 23:00", "2026-11-22 12:00"])
def test_it_is_due_though_the_hour_or_the_day_holds_it(engine: Engine, moment: str) -> None:
    policy = Policy(quiet_hours=(1260, 480), closed_weekdays=(6,), house_rules=REFILL_WINS.house_rules)
    now = at(moment)
    both = anna(mail("win-back", due_at=now), mail("refill", due_at=now))
    assert summary(decided(engine, policy, both, now=now))["win-back"] == ("refuse", "house_rule")


@pytest.mark.parametrize(
    "but",
    [
        {"cancelled": True},
        {"matches": False},
        {"once_refuses": True},
        {"held_out": True},
        {"expires_at": NOON - MINUTE},
        {"purpose": "recipes"},
    ],
    ids=lambda but: next(iter(but)),
)
def test_what_would_not_go_anyway_is_not_due(engine: Engine, but: dict[str, object]) -> None:
    found = summary(decided(engine, REFILL_WINS, anna(mail("win-back"), mail("refill", **but))))
    assert found["win-back"] == ("send", None)


def test_one_of_two_anchors_that_would_go_makes_its_rule_due(engine: Engine) -> None:
    mails = [mail("refill", "order:1", cancelled=True), mail("refill", "order:2"), mail("win-back")]
    assert summary(decided(engine, REFILL_WINS, anna(*mails)))["win-back"] == ("refuse", "house_rule")


def test_a_transactional_rule_can_be_due_and_its_holdout_is_none(engine: Engine) -> None:
    policy = Policy(house_rules=(stops("refuse", DueIs("thank-you"), rules=["win-back"]),))
    thanks = mail("thank-you", purpose="transactional", held_out=True)
    assert summary(decided(engine, policy, anna(thanks, mail("win-back"))))["win-back"][0] == "refuse"


def test_what_an_earlier_house_rule_stopped_is_not_due_for_a_later_one(engine: Engine) -> None:
    chain = (
        stops("refuse", DueIs("a"), rules=["b"], name="a beats b"),
        stops("refuse", DueIs("b"), rules=["c"], name="b beats c"),
        stops("hold", DueIs("c"), rules=["d"], name="c before d"),
    )
    mails = [mail(rule) for rule in "abcd"]
    outcomes = {
        r: o for r, (o, _) in summary(decided(engine, Policy(house_rules=chain), anna(*mails))).items()
    }
    assert outcomes == {"a": "send", "b": "refuse", "c": "send", "d": "hold"}


def test_a_house_rule_has_its_turn_once_even_if_a_later_one_makes_it_true(engine: Engine) -> None:
    rules = (
        stops("refuse", Not(DueIs("b")), rules=["c"], name="without b no c"),
        stops("refuse", DueIs("a"), rules=["b"], name="a beats b"),
    )
    found = summary(decided(engine, Policy(house_rules=rules), anna(mail("a"), mail("b"), mail("c"))))
    assert found == {"a": ("send", None), "b": ("refuse", "house_rule"), "c": ("send", None)}


def test_a_house_rule_may_stop_the_rule_that_it_asks_about(engine: Engine) -> None:
    policy = Policy(house_rules=(stops("hold", DueIs("refill"), purposes=["marketing"]),))
    found = summary(decided(engine, policy, anna(mail("refill"), mail("win-back"))))
    assert found == {"refill": ("hold", "house_rule"), "win-back": ("hold", "house_rule")}


def test_parts_that_the_store_answers_and_due_are_joined_as_written(engine: Engine) -> None:
    condition = Any_((All((VIP, DueIs("refill"))), All((Not(DueIs("refill")), OLD))))
    policy = Policy(house_rules=(stops("refuse", condition, rules=["win-back"]),))
    cases = [
        (True, False, True, "refuse"),
        (False, True, True, "send"),
        (False, True, False, "refuse"),
        (True, None, False, "send"),
    ]
    for vip, old, due, outcome in cases:
        mails = [mail("win-back"), *([mail("refill")] if due else [])]
        annas = anna(*mails, leaves={(0, 0): vip, (0, 1): old})
        assert summary(decided(engine, policy, annas))["win-back"][0] == outcome


def test_the_store_is_asked_each_longest_part_without_due_once() -> None:
    rules = (
        stops("hold", COMPLAINT, purposes=["marketing"]),
        stops("hold", All((VIP, OLD)), purposes=["marketing"]),
        stops("refuse", DueIs("refill"), rules=["a"]),
        stops("refuse", All((VIP, DueIs("refill"), OLD, Any_((Not(COMPLAINT), DueIs("b"))))), rules=["a"]),
    )
    assert house_leaves(Policy(house_rules=rules)) == [
        (0, 0, COMPLAINT),
        (1, 0, All((VIP, OLD))),
        (3, 0, All((VIP, OLD))),
        (3, 1, Not(COMPLAINT)),
    ]


def test_alternatives_that_cannot_be_or_say_nothing_new_are_left_out() -> None:
    never, _ = take_apart(All((DueIs("a"), Not(DueIs("a")))))
    assert conjuncts(never) == ()
    shorter, _ = take_apart(Any_((DueIs("a"), All((DueIs("a"), DueIs("b"))))))
    assert len(conjuncts(shorter)) == 1


def test_an_if_with_too_many_alternatives_is_refused_before_it_is_multiplied_out() -> None:
    either: tuple[Condition, ...] = tuple(Any_((DueIs(f"a{i}"), DueIs(f"b{i}"))) for i in range(40))
    with pytest.raises(PolicyFault, match="alternatives"):
        conjuncts(take_apart(All(either))[0])
