"""Why, and why not: for what was sent, held and refused, for what never came near a rule, then, now and later."""

from __future__ import annotations

import pytest

from engine.clock import DAY, HOUR, MINUTE
from engine.consent.erasure import erase
from engine.consent.stops import stop_rule
from engine.consent.suppression import suppress
from engine.rehearsal.explaining.conditions import flat
from engine.rulebook.ast import FieldIs, Measure, Not
from models import Customer, RuleState
from tests.rehearsal.explaining.home import RULES, Asked, at


@pytest.fixture
def anna(home: Asked) -> Asked:
    """Anna of Kraków, who bought lenses twice."""
    home.person("anna", "2026-01-02 09:00", gender="female", city="Kraków", country="PL")
    home.order(1001, "anna", "2026-01-02 15:00")
    home.order(1002, "anna", "2026-01-05 15:00")
    home.tick("2026-01-05 15:00")
    return home


def test_what_is_due_later_says_when_and_what_it_will_say_then(anna: Asked) -> None:
    refill = anna.anchor("anna", "2026-01-10 12:00", "refill")
    assert (refill.named.order, refill.named.product, refill.named.name) == ("1002", "ACU", "Acuvue 30")
    assert (refill.verdict.code, refill.due_at) == ("later", at("2026-03-26 10:00"))
    assert (refill.matches, refill.matches_when_due) == (True, True)


def test_an_unless_that_has_happened_is_named_among_those_that_have_not(anna: Asked) -> None:
    refill = anna.rule("anna", "2026-03-23 10:00", "refill").anchors
    first = next(anchor for anchor in refill if anchor.named.order == "1001")
    assert [asked.holds for asked in first.unless] == [True]
    assert (first.matches, first.verdict.code) == (False, "no")
    assert first.who is not None
    assert first.who.holds


def test_each_part_of_a_condition_has_its_answer_and_its_value(anna: Asked) -> None:
    anna.person("borys", "2026-01-06 09:00", gender="male", country="PL")
    who = anna.rule("borys", "2026-01-07 12:00", "refill").who
    assert who is not None
    told = {repr(type(part.what).__name__) + str(getattr(part.what, "name", "")): part for part in flat(who)}
    assert [part.holds for part in flat(who)] == [False, True, False, False, False, True]
    orders = next(part for part in flat(who) if isinstance(part.what, Measure))
    gender = next(
        part for part in flat(who) if isinstance(part.what, FieldIs) and part.what.field == "gender"
    )
    assert (orders.value, gender.value, orders.changes_at) == (0, "male", None)
    assert told


def test_what_nobody_knows_is_unknown_and_so_is_its_opposite(anna: Asked) -> None:
    anna.person("celina", "2026-01-06 09:00", country="PL")
    who = anna.rule("celina", "2026-01-07 12:00", "refill").who
    assert who is not None
    opposite = next(part for part in flat(who) if isinstance(part.what, Not))
    assert (opposite.holds, opposite.parts[0].holds, who.holds) == (None, None, None)


def test_days_since_the_last_order_hold_from_a_day_that_is_told(anna: Asked) -> None:
    who = anna.anchor("anna", "2026-01-10 12:00", "away").who
    assert who is not None
    assert (who.holds, who.changes_at, who.becomes) == (False, at("2026-01-25 15:00"), True)


def test_a_sum_holds_until_the_first_order_leaves_its_window(anna: Asked) -> None:
    who = anna.anchor("anna", "2026-01-06 12:00", "recent").who
    assert who is not None
    assert (who.holds, who.value, who.changes_at) == (True, 12000, at("2026-02-01 15:00"))


def test_a_purchase_that_does_not_start_the_rule_says_which_filter_keeps_it_out(home: Asked) -> None:
    home.person("borys", "2026-01-02 09:00")
    home.order(7, "borys", "2026-01-02 15:00", price="30")
    (other,) = home.rule("borys", "2026-01-03 12:00", "refill").others
    assert [(asked.what.name, asked.holds, asked.value) for asked in other.filters] == [  # type: ignore[union-attr]
        ("category", True, "optics/lenses"), ("price", False, 3000),
    ]  # fmt: skip
    assert (other.named.order, other.taken_back) == ("7", False)


def test_a_purchase_that_was_cancelled_is_said_to_count_for_nothing(anna: Asked) -> None:
    anna.order(1002, "anna", "2026-01-05 15:00", "2026-01-08 09:00", status="cancelled")
    found = anna.rule("anna", "2026-01-09 12:00", "refill")
    assert [anchor.named.order for anchor in found.anchors] == ["1001"]
    assert [(other.named.order, other.taken_back) for other in found.others] == [("1002", True)]


def test_who_never_came_near_any_rule_is_told_of_every_rule(home: Asked) -> None:
    home.person("celina", "2026-01-02 09:00")
    found = {rule.rule.id: rule for rule in home.explained("celina", "2026-01-03 12:00").rules}
    assert len(found) == 8
    assert not found["birthday"].born
    assert found["asleep"].acts_since is None
    assert found["letter"].next_at == at("2026-01-05 10:00")
    assert found["welcome"].segment is not None
    assert found["welcome"].segment.holds is False
    assert [rule for rule, asked in found.items() if asked.anchors] == ["letter"]


def test_the_ledger_says_what_counts_and_when_a_cap_opens(anna: Asked) -> None:
    anna.tick("2026-01-06 15:00")  # a day after the second order: `recent`
    caps = anna.explained("anna", "2026-01-07 12:00", "recent").ledger.caps
    sent = at("2026-01-06 15:00")
    group, cap = caps
    assert (group.group, group.limit.words, group.opens_at) == (
        True,
        "reminders: 1 per 14 days",
        sent + 14 * DAY,
    )
    assert (cap.limit.words, cap.opens_at) == ("1 per 3 days", sent + 3 * DAY)
    assert [(mail.rule, mail.at, mail.leaves_at) for mail in cap.counted] == [
        ("recent", sent, sent + 3 * DAY)
    ]
    assert anna.explained("anna", "2026-01-10 12:00", "recent").ledger.caps[1].opens_at is None


def test_what_is_held_says_until_when_and_what_it_was_before(anna: Asked) -> None:
    anna.person("borys", "2026-01-06 09:00", country="PL")
    anna.order(2001, "borys", "2026-01-06 22:00", price="200")
    anna.tick("2026-01-07 22:00")
    held = anna.anchor("borys", "2026-01-07 23:00", "recent")
    assert (held.verdict.code, held.verdict.reason) == ("hold", "quiet_hours")
    assert (held.verdict.at, held.verdict.until_at) == (at("2026-01-07 22:00"), at("2026-01-08 08:00"))
    anna.tick("2026-01-08 08:00")
    sent = anna.anchor("borys", "2026-01-08 09:00", "recent")
    assert [verdict.code for verdict in sent.history] == ["send", "hold"]
    assert sent.mail is not None
    assert sent.mail.state == "queued"


def test_consent_tells_since_when_and_from_where_and_missing_consent_is_foretold(anna: Asked) -> None:
    said = anna.rule("anna", "2026-01-06 12:00", "recent").consent
    assert said is not None
    assert (said.granted, said.at, said.source) == (True, at("2026-01-02 09:00"), "checkout")
    anna.person("borys", "2026-01-06 09:00", consent={})
    anna.order(2001, "borys", "2026-01-06 12:00", price="200")
    anna.tick("2026-01-07 11:59")
    foretold = anna.anchor("borys", "2026-01-07 12:00", "recent").verdict
    assert (foretold.code, foretold.reason, foretold.decided) == ("refuse", "no_consent", False)


def test_stopping_just_these_mails_is_said_foretold_and_then_decided(anna: Asked) -> None:
    address = Customer.get(Customer.external_id == "anna").address_id
    stop_rule(anna.house.store, 1, address, "recent", at("2026-01-06 10:00"), "why")
    anna.tick("2026-01-06 14:59")
    found = anna.rule("anna", "2026-01-06 15:00", "recent")
    assert found.stopped is not None
    assert (found.stopped.at, found.stopped.source) == (at("2026-01-06 10:00"), "why")
    assert (found.anchors[0].verdict.code, found.anchors[0].verdict.reason) == ("refuse", "no_consent")
    anna.tick("2026-01-06 15:00")
    decided = anna.anchor("anna", "2026-01-06 15:01", "recent").verdict
    assert (decided.code, decided.reason, decided.decided) == ("refuse", "no_consent", True)
    assert anna.rule("anna", "2026-01-06 09:00", "recent").stopped is None  # as of a moment before


def test_a_suppressed_address_and_a_control_group_are_told(anna: Asked) -> None:
    anna.with_control_group()
    assert anna.rule("anna", "2026-01-06 12:00", "recent").held_out == "control_group"
    assert anna.rule("anna", "2026-01-06 12:00", "thanks").held_out is None
    address = Customer.get(Customer.external_id == "anna").address_id
    suppress(anna.house.store, address, "hard_bounce", at("2026-01-06 12:00"))
    ledger = anna.explained("anna", "2026-01-06 13:00", "recent").ledger
    assert (ledger.suppressed_at, ledger.suppressed_reason) == (at("2026-01-06 12:00"), "hard_bounce")
    assert anna.explained("anna", "2026-01-06 11:00", "recent").ledger.suppressed_at is None


def test_a_house_rule_that_asks_what_is_due_is_answered_by_this_minute(anna: Asked) -> None:
    anna.tick("2026-03-26 09:59")
    peace, first = anna.explained("anna", "2026-03-26 10:00", "away").ledger.house_rules
    assert (peace.asked.holds, first.asked.holds) == (False, True)
    assert anna.explained("anna", "2026-03-26 10:02", "away").ledger.house_rules[1].asked.holds is False


def test_the_past_is_asked_with_the_fields_of_then(anna: Asked) -> None:
    anna.person(
        "anna", "2026-02-01 09:00", city="Lwów", country="UA", gender="female", timezone="Europe/Kyiv"
    )
    then = anna.explained("anna", "2026-01-10 12:00", "refill")
    now = anna.explained("anna", "2026-02-02 12:00", "refill")
    assert (then.customer.city, then.zone, now.customer.city, now.zone) == (
        "Kraków", "Europe/Warsaw", "Lwów", "Europe/Kyiv",
    )  # fmt: skip
    assert then.rules[0].anchors[0].who.holds  # type: ignore[union-attr]
    assert not now.rules[0].anchors[0].who.holds  # type: ignore[union-attr]
    assert (
        Customer.select().where(Customer.city == "Kraków").count() == 0
    )  # the shop's own table was only read


def test_where_no_history_is_kept_it_is_said(anna: Asked) -> None:
    codes = [note.code for note in anna.explained("anna", "2026-01-01 12:00", "refill").notes]
    assert codes == ["not_known_yet"]
    later = anna.explained("anna", "2026-02-01 12:00", "refill", now="2026-01-10 12:00")
    assert [note.code for note in later.notes] == ["others_between"]
    old = anna.explained("anna", "2026-01-10 12:00", "refill", now="2028-01-10 12:00")
    assert [note.code for note in old.notes] == ["decisions_since"]


def test_an_erased_customer_is_explained_without_anything_that_was_known(anna: Asked) -> None:
    anna.tick("2026-01-06 15:00")
    row = Customer.get(Customer.external_id == "anna")
    erase(anna.house.store, row, at("2026-01-07 12:00"))
    Customer.update(external_id="gone").where(Customer.id == row.id).execute()
    found = anna.explained("gone", "2026-01-08 12:00")
    assert [note.code for note in found.notes] == ["erased"]
    assert all(not rule.anchors and not rule.others for rule in found.rules)


def test_a_rule_that_is_paused_off_or_new_says_so(anna: Asked) -> None:
    RuleState.update(paused=True).where(RuleState.rule == "recent").execute()
    paused = anna.rule("anna", "2026-01-06 15:00", "recent")
    assert (paused.paused, paused.acts_since) == (True, None)
    assert anna.rule("anna", "2026-01-06 15:00", "asleep").acts_since is None
    RuleState.update(since_at=at("2026-01-20 12:00")).where(RuleState.rule == "away").execute()
    before = anna.anchor("anna", "2026-01-21 12:00", "away").verdict
    assert (before.code, before.until_at) == ("before", at("2026-01-20 12:00"))


def test_what_a_rule_held_when_it_was_turned_off_does_not_blame_the_order(anna: Asked) -> None:
    anna.person("borys", "2026-01-06 09:00", country="PL")
    anna.order(2001, "borys", "2026-01-06 22:00", price="200")
    anna.tick("2026-01-07 22:00")
    anna.house.write(RULES.replace("rule: recent,", "rule: recent, active: false,"))
    anna.tick("2026-01-08 08:00")
    said = anna.text("borys", "2026-01-08 09:00", "recent")
    assert "not to send it: the rule was removed or turned off" in said
    assert "was cancelled or given back" not in said
    assert anna.anchor("borys", "2026-01-08 09:00", "recent").verdict.because_of == "rule_off"
    assert "regułę usunięto lub wyłączono" in anna.text("borys", "2026-01-08 09:00", "recent", language="pl")


def test_what_was_learned_too_late_to_be_worth_sending_is_told(home: Asked) -> None:
    home.person("borys", "2026-01-02 09:00")
    home.order(9, "borys", "2026-01-02 10:00", "2026-01-20 10:00", price="200")
    home.tick("2026-01-20 10:00")
    late = home.anchor("borys", "2026-01-20 12:00", "recent").verdict
    assert (late.code, late.until_at) == ("late", at("2026-01-03 10:00") + 7 * DAY)


def test_conditions_of_the_past_are_those_of_the_minute_in_which_they_were_asked(anna: Asked) -> None:
    anna.tick("2026-01-15 15:00")  # `away` asks whether 20 days have passed, after ten
    later = anna.anchor("anna", "2026-02-20 12:00", "away")
    assert later.asked_at == at("2026-01-15 15:00")
    assert (later.verdict.code, later.matches) == ("no", False)
    assert later.who is not None
    assert later.who.at == later.asked_at
    assert later.who.changes_at is None  # of a minute that is past nothing is foretold
    assert later.asked_at % MINUTE == 0
    assert later.due_at - later.at == 10 * 24 * HOUR
