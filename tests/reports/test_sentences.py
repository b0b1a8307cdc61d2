"""What the engine says in one word, people read in a sentence of their own language."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from engine.clock import DAY, HOUR
from engine.reports.sentences import decision_sentence, message_sentence
from engine.reports.voice import Voice
from engine.reports.when import when_words
from engine.reports.words import catalogue
from engine.rulebook.load import load_text
from engine.rulebook.vocabulary import Vocabulary
from tests.web.shopful import NOW

EN, PL, UK = (Voice(catalogue("console"), language, "Europe/Warsaw", NOW) for language in ("en", "pl", "uk"))


def decision(outcome: str, reason: str | None = None, **more: Any) -> Any:
    """A decision with nothing special about it."""
    return SimpleNamespace(
        **{
            "outcome": outcome,
            "reason": reason,
            "until_at": None,
            "because_of": None,
            "taken_by": None,
            **more,
        }
    )


def test_a_hold_says_until_when_and_why() -> None:
    held = decision("hold", "quiet_hours", until_at=NOW + 22 * HOUR)
    assert decision_sentence(held, EN) == "Held until 13 Mar, 08:00: quiet hours"
    assert decision_sentence(held, PL) == "Wstrzymano do 13 mar, 08:00: godziny ciszy"
    assert decision_sentence(held, UK) == "Затримано до 13 бер., 08:00: години тиші"


def test_a_decision_names_the_cap_and_the_rule_that_took_the_last_place() -> None:
    capped = decision("refuse", "capped", because_of="1 per 3 days", taken_by="lens-refill")
    assert decision_sentence(capped, EN) == (
        "Not sent: enough mails for now (1 per 3 days) (the last place went to the rule lens-refill)"
    )


def test_a_reason_that_nobody_has_words_for_yet_is_shown_as_it_is() -> None:
    assert decision_sentence(decision("refuse", "brand_new"), PL) == "Nie wysłano: brand_new"


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        ("cancelled", "withdrawn", "Cancelled: the customer unsubscribed"),
        ("cancelled", "cancelled", "Cancelled: the order it was about was cancelled or given back"),
        ("cancelled", "rule_off", "Cancelled: the rule was removed or turned off"),
        ("refused", "refused_by_relay", "Refused: the mail server refused it"),
        (
            "refused",
            "refused_by_policy",
            "Refused: the receiver refused it by policy: it is about the sender, not the customer",
        ),
        ("cancelled", "only_to", "Cancelled: only_to in config.yaml does not name this address"),
        ("unknown", "unknown 1", "Nobody knows whether it arrived"),
        ("queued", None, "Waits to be sent"),
        ("sent", None, "Sent 11 Mar, 10:00"),
    ],
)
def test_a_mail_says_where_it_is(state: str, reason: str | None, words: str) -> None:
    mail = SimpleNamespace(
        state=state, reason=reason, not_before_at=NOW - DAY, settled_at=NOW - DAY, returned=None
    )
    assert message_sentence(mail, EN) == words


RULES = {
    "{ordered: any}": "at once after an order",
    "{ordered: {total: '>= 200', number: 1}, after: 2 hours}": "2 hours after an order (number 1, total >= 200)",
    "{bought: {brand: [Acuvue, Alcon]}, after: 1 month}": "1 month after a purchase (Acuvue / Alcon)",
    "{birthday: any, before: 3 days}": "3 days before the birthday",
    "{birthday: any}": "on the birthday",
    "{inactive: 180 days}": "no order for 180 days",
    "{every: 'monday at 10:00'}": "Monday, 10:00",
    "{every: 'day at 09:00'}": "every day, 09:00",
    "{date: 2026-11-27 10:00}": "on 27 November 2026 at 10:00",
    "{was_sent: {rule: r}, after: 7 days}": "7 days after our mail (r)",
    "{every: 'monday at 10:00'}\n  at: '10:00'": "Monday, 10:00",
    "{every: 'monday at 10:00'}\n  at: '11:30'": "Monday, 10:00, at 11:30",
    "{date: 2026-11-27}\n  at: '09:00'": "on 27 November 2026 at 00:00, at 09:00",
}


@pytest.mark.parametrize("when", RULES)
def test_a_rule_says_when_it_mails(when: str) -> None:
    text = f"- rule: r\n  when: {when}\n  who: {{country: PL}}\n  send: plain\n"
    book = load_text({"rules/r.yaml": text}, Vocabulary())
    assert book.errors == []
    assert when_words(book.rules["r"], EN) == RULES[when]
    assert when_words(book.rules["r"], PL)
