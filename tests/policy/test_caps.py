"""Caps and groups: a sliding window of elapsed time, whose start is left out."""

from __future__ import annotations

import pytest

from engine.clock import DAY, HOUR, MINUTE
from engine.policy.compiled import Engine
from engine.policy.counts import longest_window_minutes
from engine.rulebook.ast import Cap, Policy
from tests.policy.cases import DAYS, NOON, anna, at, decided, group, mail, only, per, sent, summary

ONE_IN_THREE_DAYS = Policy(caps=(per(1, 3),))


@pytest.mark.parametrize(("ago", "outcome"), [(72 * HOUR, "send"), (72 * HOUR - 1, "hold"), (MINUTE, "hold")])
def test_the_next_may_go_exactly_72_hours_after_the_last(engine: Engine, ago: int, outcome: str) -> None:
    assert only(engine, ONE_IN_THREE_DAYS, anna(mail(), counted=(sent(NOON - ago),))).outcome == outcome


def test_a_capped_mail_is_held_until_the_minute_its_cap_opens(engine: Engine) -> None:
    decision = only(engine, ONE_IN_THREE_DAYS, anna(mail(), counted=(sent(NOON - 50 * HOUR),)))
    assert (decision.outcome, decision.reason) == ("hold", "capped")
    assert decision.until_at == NOON + 22 * HOUR
    assert decision.because_of == "1 per 3 days"
    assert decision.taken_by is None


def test_a_day_of_a_cap_is_24_hours_even_when_clocks_change(engine: Engine) -> None:
    sunday = at("2026-10-25 12:00")  # Warsaw put its clocks back that night
    day = Policy(caps=(per(1, 1),))
    annas = anna(mail(due_at=sunday), counted=(sent(at("2026-10-24 12:00")),))
    assert only(engine, day, annas, now=sunday).outcome == "send"
    assert only(engine, day, annas, now=sunday - HOUR).outcome == "send"
    assert only(engine, day, annas, now=sunday - HOUR - 1).outcome == "hold"


def test_of_several_messages_the_one_that_makes_room_decides_when(engine: Engine) -> None:
    three = Policy(caps=(per(3, 30),))
    counted = tuple(sent(NOON - days * DAY) for days in (29, 5, 20, 1))
    assert only(engine, three, anna(mail(), counted=counted)).until_at == mail().expires_at
    long = mail(expires_at=NOON + 99 * DAY)
    assert only(engine, three, anna(long, counted=counted)).until_at == NOON + 10 * DAY


def test_a_hold_lasts_until_all_its_caps_and_groups_are_open(engine: Engine) -> None:
    policy = Policy(caps=(per(1, 3), per(2, 30)), groups=(group("come-back", ["refill", "win-back"], 1, 60),))
    counted = (sent(NOON - DAY), sent(NOON - 10 * DAY), sent(NOON - 50 * DAY, "win-back"))
    decision = only(engine, policy, anna(mail(expires_at=NOON + 99 * DAY), counted=counted))
    assert (decision.reason, decision.because_of) == ("grouped", "come-back: 1 per 60 days")
    assert decision.until_at == NOON + 20 * DAY


def test_the_first_cap_that_refuses_in_written_order_is_named(engine: Engine) -> None:
    policy = Policy(caps=(per(9, 1), Cap(1, 90), per(1, 3), Cap(1, 60)))
    decision = only(engine, policy, anna(mail(), counted=(sent(NOON - MINUTE),)))
    assert decision.because_of == "1 per 90 minutes"


def test_a_cap_with_a_purpose_counts_and_limits_only_that(engine: Engine) -> None:
    policy = Policy(caps=(per(1, 30, "newsletter"),))
    letter, refill = mail("letter", purpose="newsletter"), mail("refill")
    both = anna(letter, refill, counted=(sent(NOON - DAY, "letter", "newsletter"),))
    assert summary(decided(engine, policy, both)) == {"letter": ("hold", "capped"), "refill": ("send", None)}
    other = anna(letter, counted=(sent(NOON - DAY, "refill", "marketing"),))
    assert only(engine, policy, other).outcome == "send"


def test_a_group_counts_its_rules_together_and_no_other(engine: Engine) -> None:
    policy = Policy(groups=(group("come-back", ["win-back-180", "win-back-270"], 1, 60),))
    counted = (sent(NOON - DAY, "win-back-180"), sent(NOON - DAY, "refill"))
    annas = anna(mail("win-back-270"), mail("refill"), counted=counted)
    assert summary(decided(engine, policy, annas)) == {
        "win-back-270": ("hold", "grouped"),
        "refill": ("send", None),
    }


def test_the_higher_priority_takes_the_last_place_and_the_other_is_told_who(engine: Engine) -> None:
    annas = anna(mail("birthday", priority=40), mail("refill", priority=60))
    first, second = decided(engine, ONE_IN_THREE_DAYS, annas)
    assert (first.candidate.rule, first.outcome) == ("refill", "send")
    assert (second.outcome, second.reason, second.taken_by) == ("hold", "capped", "refill")
    assert second.until_at == NOON + 3 * DAY


def test_a_mail_that_says_drop_is_refused_and_told_who_took_the_place(engine: Engine) -> None:
    annas = anna(mail("birthday", priority=40, when_capped="drop"), mail("refill", priority=60))
    _, dropped = decided(engine, ONE_IN_THREE_DAYS, annas)
    assert (dropped.outcome, dropped.reason, dropped.taken_by) == ("refuse", "capped", "refill")
    assert (dropped.until_at, dropped.because_of) == (None, "1 per 3 days")


def test_drop_holds_for_a_group_too(engine: Engine) -> None:
    policy = Policy(groups=(group("come-back", ["a", "b"], 1, 60),))
    annas = anna(mail("a", when_capped="drop"), counted=(sent(NOON - DAY, "b"),))
    decision = only(engine, policy, annas)
    assert (decision.outcome, decision.reason) == ("refuse", "grouped")


def test_nobody_of_this_minute_took_a_place_that_was_gone_before(engine: Engine) -> None:
    annas = anna(
        mail("letter", purpose="newsletter", priority=90),
        mail("refill"),
        counted=(sent(NOON - DAY),),
    )
    policy = Policy(caps=(per(1, 3, "marketing"),))
    assert decided(engine, policy, annas)[1].taken_by is None


def test_counts_are_worked_out_again_after_each_that_is_let_go(engine: Engine) -> None:
    mails = [mail(rule, priority=priority) for rule, priority in (("a", 90), ("b", 80), ("c", 70), ("d", 60))]
    annas = anna(*mails, counted=(sent(NOON - DAY),))
    assert [d.outcome for d in decided(engine, Policy(caps=(per(3, 30),)), annas)] == [
        "send",
        "send",
        "hold",
        "hold",
    ]


def test_two_anchors_of_one_rule_merge_into_one_message_and_count_once(engine: Engine) -> None:
    annas = anna(mail("refill", "order:1"), mail("refill", "order:2"), mail("birthday", priority=40))
    decisions = decided(engine, Policy(caps=(per(2, 3),)), annas)
    assert [(d.candidate.rule, d.outcome) for d in decisions] == [
        ("refill", "send"),
        ("refill", "send"),
        ("birthday", "send"),
    ]


def test_an_anchor_merges_only_if_it_passes_what_is_asked_anchor_by_anchor(engine: Engine) -> None:
    annas = anna(
        mail("refill", "order:1"),
        mail("refill", "order:2", once_refuses=True),
        mail("refill", "order:3", expires_at=NOON - MINUTE),
        mail("refill", "order:4"),
    )
    reasons = [d.reason for d in decided(engine, ONE_IN_THREE_DAYS, annas)]
    assert reasons == [None, "once", "expired", None]


def test_merged_anchors_of_a_group_count_once_in_it(engine: Engine) -> None:
    policy = Policy(groups=(group("come-back", ["a", "b"], 1, 60),))
    annas = anna(mail("a", "order:1"), mail("a", "order:2"), mail("b"))
    assert [d.outcome for d in decided(engine, policy, annas)] == ["send", "send", "hold"]


def test_two_customers_with_one_mailbox_share_their_caps(engine: Engine) -> None:
    annas = anna(mail("refill", priority=10), address="family@example.com")
    boryss = anna(mail("birthday", customer_id=2, priority=90), customer_id=2, address="family@example.com")
    for situations in ([annas, boryss], [boryss, annas]):
        found = {
            d.candidate.rule: (d.outcome, d.taken_by) for d in decided(engine, ONE_IN_THREE_DAYS, *situations)
        }
        assert found == {"refill": ("send", None), "birthday": ("hold", "refill")}


def test_the_same_rule_to_two_customers_of_one_mailbox_is_two_messages(engine: Engine) -> None:
    annas = anna(mail(), address="family@example.com")
    boryss = anna(mail(customer_id=2), customer_id=2, address="family@example.com")
    assert [d.outcome for d in decided(engine, ONE_IN_THREE_DAYS, annas, boryss)] == ["send", "hold"]


def test_customers_without_an_address_share_nothing(engine: Engine) -> None:
    annas, boryss = anna(mail(), address=None), anna(mail(customer_id=2), customer_id=2, address=None)
    assert [d.reason for d in decided(engine, ONE_IN_THREE_DAYS, annas, boryss)] == ["no_address"] * 2


def test_a_message_stamped_later_than_now_counts(engine: Engine) -> None:
    decision = only(engine, ONE_IN_THREE_DAYS, anna(mail(), counted=(sent(NOON + MINUTE),)))
    assert (decision.outcome, decision.until_at) == ("hold", NOON + MINUTE + 3 * DAY)


def test_the_store_counts_back_as_far_as_the_longest_window() -> None:
    assert longest_window_minutes(Policy()) == 0
    policy = Policy(caps=(per(1, 3), per(6, 30)), groups=(group("come-back", ["a"], 1, 60),))
    assert longest_window_minutes(policy) == 60 * DAYS
