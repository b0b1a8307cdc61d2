"""A held candidate that is cancelled says by what: its rule that went, its order, or the rule's new beginning."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.clock import DAY, MINUTE, moment
from engine.intake.refunds import accept_refunds
from engine.reports.sentences import decision_sentence
from engine.reports.voice import Voice
from engine.reports.words import catalogue
from models import Decision, Shop
from tests.live.conftest import House
from tests.live.test_publication import NEXT_DAY, NOON

Open = Callable[[str, int], House]
BOUGHT = "- {rule: next-day, when: {bought: {brand: Acuvue}, after: 1 day}, send: plain}\n"
OTHER = "- {rule: other, when: {ordered: any, after: 9 days}, send: plain}\n"
LENSES = [
    {"product": product, "quantity": 1, "price": "5", "brand": "Acuvue"} for product in ("ACU-30", "ACU:90")
]
RULE_OFF = "Not sent: the rule was removed or turned off"
ORDER_VOID = "Not sent: the order it was about was cancelled or given back"
NOT_BEGUN = (
    "Not sent: the rule no longer begins with it: the rule was changed, or what it was about was corrected"
)


def held(house: Open, rule: str) -> House:
    """Anna orders twice within a minute; the first mail is decided to be sent, the others wait for the cap."""
    home = house(rule, NOON)
    home.write("caps: [{at_most: 1 per 3 days}]\n", "policy.yaml")
    home.order(1, "anna", NOON + 2 * MINUTE, lines=LENSES[:1])
    home.order(2, "anna", NOON + 3 * MINUTE, lines=LENSES)
    home.tick(NOON + 2 * DAY)
    assert [outcome for _, outcome, _ in home.decided()][:2] == ["send", "hold"]
    return home


def why(home: House) -> list[tuple[str, str | None, str]]:
    """Lists the reasons of what was refused, and the sentence that people read."""
    voice = Voice(catalogue("console"), "en", "Europe/Warsaw", NOON)
    rows = Decision.select().where(Decision.outcome == "refuse").order_by(Decision.anchor)
    return [(row.reason, row.because_of, decision_sentence(row, voice)) for row in rows]


@pytest.mark.parametrize(
    "edited", [NEXT_DAY.replace("send", "active: false, send"), OTHER], ids=["turned off", "removed"]
)
def test_a_rule_that_is_turned_off_or_removed_is_the_cause_and_not_the_order(
    house: Open, edited: str
) -> None:
    home = held(house, NEXT_DAY)
    home.write(edited)
    home.tick(NOON + 2 * DAY + MINUTE)
    assert why(home) == [("cancelled", "rule_off", RULE_OFF)]


def test_an_order_that_is_cancelled_is_the_cause_while_its_rule_acts(house: Open) -> None:
    home = held(house, NEXT_DAY)
    later = NOON + 2 * DAY + MINUTE
    home.order(2, "anna", NOON + 3 * MINUTE, later, updated_at=moment(later).isoformat(), status="cancelled")
    home.tick(later + MINUTE)
    assert why(home) == [("cancelled", "order_void", ORDER_VOID)]


def test_a_product_that_is_given_back_is_the_cause_of_its_own_mail_only(house: Open) -> None:
    home = held(house, BOUGHT)
    later = NOON + 2 * DAY + MINUTE
    line = {"product": "ACU:90", "quantity": 1}
    back = {"id": "77", "order": "2", "at": moment(later).isoformat(), "lines": [line]}
    accept_refunds(home.store, home.config, Shop.get(), [back], later)
    home.tick(later + MINUTE)
    assert why(home) == [("cancelled", "order_void", ORDER_VOID)]
    home.write(BOUGHT.replace("Acuvue", "Alcon"))
    home.tick(later + 2 * MINUTE)
    assert why(home) == [("cancelled", "not_begun", NOT_BEGUN), ("cancelled", "order_void", ORDER_VOID)]


def test_a_rule_that_begins_with_something_else_now_says_so_of_what_it_held(house: Open) -> None:
    home = held(house, NEXT_DAY)
    home.write(NEXT_DAY.replace("{ordered: any,", "{ordered: {total: '>= 500'},"))
    home.tick(NOON + 2 * DAY + MINUTE)
    assert why(home) == [("cancelled", "not_begun", NOT_BEGUN)]


def test_a_decision_of_before_the_cause_was_kept_names_all_that_it_can_have_been() -> None:
    voice = Voice(catalogue("console"), "en", "Europe/Warsaw", NOON)
    old = Decision(outcome="refuse", reason="cancelled", because_of=None)
    assert "or the rule was turned off" in decision_sentence(old, voice)
