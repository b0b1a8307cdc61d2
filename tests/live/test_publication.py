"""What an edit of the rules does to what is due, what waits and what is queued."""

from __future__ import annotations

from collections.abc import Callable

from engine.clock import DAY, HOUR, MINUTE, SECOND
from engine.rulebook.load import load_text
from engine.rulebook.publication import in_force
from engine.rulebook.versions import publish
from engine.rulebook.vocabulary import Vocabulary
from engine.store import Store
from models import RulebookVersion, RuleState
from tests.live.conftest import House

NOON = 1_767_265_200 * SECOND
NEXT_DAY = "- {rule: next-day, when: {ordered: any, after: 1 day}, send: plain}\n"
Open = Callable[[str, int], House]


def test_a_new_rule_does_not_act_on_what_fell_due_before_it(house: Open) -> None:
    home = house(NEXT_DAY, NOON)
    home.order(1, "anna", NOON + MINUTE)
    home.tick(NOON + 3 * HOUR)
    home.write(NEXT_DAY + "- {rule: hour, when: {ordered: any, after: 1 hour}, send: plain}\n")
    home.tick(NOON + 4 * HOUR)
    assert home.sent() == []
    home.order(2, "borys", NOON + 4 * HOUR)
    home.tick(NOON + 6 * HOUR)
    assert [rule for rule, _, _ in home.sent()] == ["hour"]


def test_what_an_edit_makes_overdue_is_not_acted_on(house: Open) -> None:
    home = house("- {rule: later, when: {ordered: any, after: 10 days}, send: plain}\n", NOON)
    home.order(1, "anna", NOON + MINUTE)
    home.tick(NOON + 5 * DAY)
    home.write("- {rule: later, when: {ordered: any, after: 3 days}, send: plain}\n")
    home.tick(NOON + 12 * DAY)
    assert home.sent() == []


def test_an_edit_of_words_alone_changes_nothing(house: Open) -> None:
    home = house("- {rule: later, title: Hello, when: {ordered: any, after: 1 day}, send: plain}\n", NOON)
    home.order(1, "anna", NOON + MINUTE)
    since = RuleState.get(RuleState.rule == "later").since_at
    home.tick(NOON + HOUR)
    home.write("- {rule: later, title: Good day, when: {ordered: any, after: 1 day}, send: plain}\n")
    home.tick(NOON + 2 * DAY)
    assert RuleState.get(RuleState.rule == "later").since_at == since
    assert len(home.sent()) == 1
    assert RulebookVersion.select().count() == 2


def test_a_rule_that_breaks_keeps_running_as_last_published_and_is_shown_broken(house: Open) -> None:
    home = house(NEXT_DAY, NOON)
    home.order(1, "anna", NOON + MINUTE)
    home.tick(NOON + HOUR)
    home.write("- {rule: next-day, wen: {ordered: any, after: 9 days}, send: plain}\n")
    home.tick(NOON + 2 * DAY)
    assert [rule for rule, _, _ in home.sent()] == ["next-day"]
    state = RuleState.get(RuleState.rule == "next-day")
    assert state.health == "broken"
    assert "did you mean 'when'" in state.error


def test_a_policy_that_breaks_keeps_its_last_sound_caps(house: Open) -> None:
    home = house(NEXT_DAY, NOON)
    home.write("caps: [{at_most: 1 per 3 days}]\n", "policy.yaml")
    home.tick(NOON + MINUTE)
    home.write("caps: [{at_most: 0 per 3 days}]\n", "policy.yaml")
    home.order(1, "anna", NOON + 2 * MINUTE)
    home.order(2, "anna", NOON + 3 * MINUTE)
    home.tick(NOON + 2 * DAY)
    assert [(outcome, reason) for _, outcome, reason in home.decided()] == [
        ("send", None),
        ("hold", "capped"),
    ]


def test_a_rule_that_is_turned_off_cancels_what_it_has_queued_and_held(house: Open) -> None:
    home = house(NEXT_DAY, NOON)
    home.write("caps: [{at_most: 1 per 3 days}]\n", "policy.yaml")
    home.order(1, "anna", NOON + 2 * MINUTE)
    home.order(2, "anna", NOON + 3 * MINUTE)
    home.tick(NOON + 2 * DAY)
    home.write(NEXT_DAY.replace("send", "active: false, send"))
    home.tick(NOON + 2 * DAY + MINUTE)
    assert [state for _, state, _ in home.sent()] == ["cancelled"]
    assert home.decided()[-1][1:] == ("refuse", "cancelled")


def test_what_falls_due_while_a_rule_is_off_is_lost(house: Open) -> None:
    home = house(NEXT_DAY, NOON)
    home.order(1, "anna", NOON + MINUTE)
    home.tick(NOON + HOUR)
    home.write(NEXT_DAY.replace("send", "active: false, send"))
    home.tick(NOON + 2 * DAY)
    home.write(NEXT_DAY)
    home.tick(NOON + 3 * DAY)
    assert home.sent() == []


def test_a_loosened_policy_lets_go_what_waits(house: Open) -> None:
    home = house(NEXT_DAY, NOON)
    home.write("caps: [{at_most: 1 per 30 days}]\n", "policy.yaml")
    home.order(1, "anna", NOON + 2 * MINUTE)
    home.order(2, "anna", NOON + 3 * MINUTE)
    home.tick(NOON + 2 * DAY)
    home.write("caps: [{at_most: 2 per 30 days}]\n", "policy.yaml")
    home.tick(NOON + 2 * DAY + MINUTE)
    assert len(home.sent()) == 2


def test_the_decision_names_the_rulebook_that_it_was_made_by(house: Open) -> None:
    from models import Decision

    home = house(NEXT_DAY, NOON)
    home.order(1, "anna", NOON + MINUTE)
    home.tick(NOON + 2 * DAY)
    version = RulebookVersion.get(RulebookVersion.digest == Decision.get().version)
    assert version.text == {"rules/rules.yaml": NEXT_DAY}


def test_without_any_policy_that_was_ever_sound_only_mails_about_orders_go(store: Store) -> None:
    rules = NEXT_DAY + "- {rule: thanks, when: {ordered: any}, purpose: transactional, send: plain}\n"
    broken = "caps: [{at_most: 0 per 3 days}]\n"
    written = load_text({"rules.yaml": rules, "policy.yaml": broken}, Vocabulary())
    assert set(written.rules) == {"next-day", "thanks"}
    assert set(in_force(written, Vocabulary()).rules) == {"thanks"}
    publish(load_text({"rules.yaml": rules}, Vocabulary()), NOON)
    assert set(in_force(written, Vocabulary()).rules) == {"next-day", "thanks"}
