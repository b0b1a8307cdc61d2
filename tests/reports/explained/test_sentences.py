"""The same explanation in English, Polish and Ukrainian: whole sentences, right endings, the customer's own clock."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import pytest

from engine.policy.counts import Limit
from engine.rehearsal.explaining.model import Asked, CapAsked, Counted, Named
from engine.reports.explained.conditions import condition_lines
from engine.reports.explained.phrases import comparison, fact, whole_days
from engine.reports.explained.policy import _cap
from engine.reports.explained.shape import as_json
from engine.reports.explained.voices import LANGUAGES, Speaker, speaker
from engine.reports.words import PLURALS, catalogue
from engine.rulebook.ast import (
    Between,
    Compare,
    Duration,
    FactPattern,
    FieldIs,
    HasFact,
    Measure,
    Money,
    Not,
    OneOf,
    Unknown,
)
from engine.rulebook.vocabulary import FACTS, FIELDS, MEASURES
from engine.store import Store
from tests.rehearsal.explaining.home import Asked as Home
from tests.rehearsal.explaining.home import at

NOW = at("2026-03-12 10:00")
DAY = 86_400_000_000
ORDERS = Measure("orders", Compare(">=", 2))


def by(language: str) -> Speaker:
    return speaker(language, "Europe/Warsaw", NOW, "PLN")


def said(language: str, asked: Asked) -> str:
    return " | ".join(line.text for line in condition_lines(asked, by(language)))


def _names(text: Any) -> set[str]:
    texts = text.values() if isinstance(text, dict) else [str(text)]
    return {field for each in texts for _, field, _, _ in string.Formatter().parse(each) if field}


def test_every_language_has_every_text_with_the_same_names_and_its_own_plurals() -> None:
    texts = catalogue("explain").texts
    assert set(texts) == set(LANGUAGES)
    forms = {"en": {"one", "other"}, "pl": PLURALS, "uk": PLURALS}
    for language in LANGUAGES:
        assert set(texts[language]) ^ set(texts["en"]) == set(), language
        assert [
            key for key in texts["en"] if _names(texts[language][key]) != _names(texts["en"][key])
        ] == [], language
        assert all(
            set(text) == forms[language] for text in texts[language].values() if isinstance(text, dict)
        )


def test_every_word_of_the_rule_language_has_a_name_in_every_language() -> None:
    for language in LANGUAGES:
        known = catalogue("explain").texts[language]
        missing = [f"noun.{kind}" for kind in FACTS if f"noun.{kind}" not in known]
        missing += [f"nouns.{kind}" for kind in FACTS if f"nouns.{kind}" not in known]
        missing += [f"fact.{kind}" for kind in FACTS if f"fact.{kind}" not in known]
        missing += [f"what.{name}" for name in (*FIELDS, *MEASURES) if f"what.{name}" not in known]
        missing += [
            f"filter.{name}"
            for each in FACTS.values()
            for name in each.filters
            if f"filter.{name}" not in known
        ]
        assert missing == [], language


@pytest.mark.parametrize(
    ("language", "number", "words"),
    [
        ("en", 1, "counts 1 mail now"), ("en", 2, "counts 2 mails now"),
        ("pl", 1, "liczy teraz 1 mail."), ("pl", 3, "liczy teraz 3 maile."), ("pl", 5, "liczy teraz 5 maili."),
        ("pl", 22, "liczy teraz 22 maile."), ("uk", 1, "рахує зараз 1 лист."), ("uk", 4, "рахує зараз 4 листи."),
        ("uk", 11, "рахує зараз 11 листів."), ("uk", 21, "рахує зараз 21 лист."),
    ],
)  # fmt: skip
def test_mails_are_counted_with_the_right_ending(language: str, number: int, words: str) -> None:
    counted = tuple(Counted(NOW - DAY, "refill", "marketing", NOW + DAY) for _ in range(number))
    assert words in next(_cap(CapAsked(Limit("1 per 3 days", 1, DAY), counted, None), by(language))).text


def test_a_condition_says_what_is_what_was_asked_and_whether_time_will_tell() -> None:
    asked = Asked(ORDERS, False, 1)
    assert (
        said("en", asked) == "The number of orders is 1 (asked: at least 2). Time alone will not change that."
    )
    assert (
        said("pl", asked) == "Liczba zamówień to 1 (warunek: co najmniej 2). Sam upływ czasu tego nie zmieni."
    )
    assert (
        said("uk", asked) == "Кількість замовлень – 1 (умова: щонайменше 2). Сам лише час цього не змінить."
    )


def test_a_window_says_until_when_it_holds() -> None:
    bought = HasFact(FactPattern("bought", (("category", Compare("=", "optics")),)), Duration(90, "days"))
    asked = Asked(bought, True, 1, changes_at=at("2026-12-03 10:00"), becomes=False)
    assert said("en", asked) == (
        "The number of purchases (category optics; period: 90 days) is 1 (asked: at least 1). "
        "If nothing else happens, that holds until 3 Dec, 10:00."
    )
    assert "(kategoria optics; okres: 90 dni) to 1" in said("pl", asked)
    assert "будет" not in said("uk", asked)


def test_days_since_the_last_order_are_whole_days_and_say_from_when_they_suffice() -> None:
    since = Measure("days_since_order", Compare(">=", 180))
    asked = Asked(since, False, at("2025-12-02 10:30"), changes_at=at("2026-05-31 10:30"), becomes=True)
    assert said("en", asked) == (
        "The number of days since the last order is 99 (the last on 2 Dec 2025, 10:30) (asked: at least 180). "
        "If nothing else happens, that holds from 31 May, 10:30."
    )
    assert whole_days(at("2025-12-02 10:00"), NOW, "Europe/Warsaw") == 100


def test_money_lists_unknown_and_ranges_are_written_as_people_write_them() -> None:
    spent = Measure("spent", Compare(">=", Money(500, None)), Duration(1, "years"))  # type: ignore[arg-type]
    assert "12,50\xa0zł (warunek: co najmniej 500 PLN)" in said("pl", Asked(spent, False, 1250))
    assert "The city is not known (asked: Kraków or Lwów)." in said(
        "en", Asked(FieldIs("city", OneOf(("Kraków", "Lwów"))), None)
    )
    assert comparison(Between(10, 50), by("uk")) == "від 10 до 50"
    assert comparison(Unknown(), by("pl")) == "nie wiadomo"
    assert "Перелік міток – b2c, vip" in said(
        "uk", Asked(FieldIs("tags", Compare("=", "vip")), True, '["b2c", "vip"]')
    )


def test_of_what_had_better_not_hold_nothing_is_foretold() -> None:
    asked = Asked(Not(ORDERS), True, parts=(Asked(ORDERS, False, 1),))
    assert said("en", asked) == "This must not hold: | The number of orders is 1 (asked: at least 2)."


def test_facts_are_named_by_the_shops_own_numbers_and_days_by_the_customers_clock() -> None:
    named = Named("bought", at("2026-03-03 15:00"), "1001", "ACU", "Acuvue 30")
    assert fact(named, by("en")) == "The purchase of Acuvue 30 on 3 Mar, 15:00 (order 1001)"
    assert fact(named, by("pl")) == "Zakup z 3 mar, 15:00: Acuvue 30 (zamówienie 1001)"
    kyiv = speaker("uk", "Europe/Kyiv", NOW, "PLN")
    assert fact(named, kyiv) == "Купівля 3 бер., 16:00: Acuvue 30 (замовлення 1001)"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_whole_explanation_leaves_no_word_untranslated(store: Store, tmp_path: Path, language: str) -> None:
    home = Home(store, tmp_path)
    home.person("anna", "2026-01-02 09:00", gender="female", birthday="1990-04-12")
    home.order(1001, "anna", "2026-01-02 15:00", price="120")
    home.tick("2026-01-03 15:00")
    told = home.text("anna", "2026-01-04 12:00", language=language)
    assert "{" not in told
    for word in ("what.", "fact.", "noun", "verdict.", "filter."):
        assert word not in told
    assert len(told.splitlines()) > 30
    letters = {
        "en": "The ",
        "pl": "Zamówienie z 2 sty, 15:00 (zamówienie 1001)",
        "uk": "Замовлення від 2 січ., 15:00",
    }
    assert letters[language] in told


def test_json_gives_values_as_programs_want_them(store: Store, tmp_path: Path) -> None:
    home = Home(store, tmp_path)
    home.person("anna", "2026-01-02 09:00")
    home.order(1001, "anna", "2026-01-02 15:00", price="120")
    found = as_json(home.explained("anna", "2026-01-03 12:00", "recent", "away", "letter"))
    rules = {rule["rule"]: rule for rule in found["rules"]}
    spent = rules["recent"]["anchors"][0]["who"]
    assert (spent["kind"], spent["value"], spent["holds"]) == ("spent", "120.00", True)
    assert (spent["asked"], spent["changes_at"]) == (
        "spent >= 100 PLN within 30 days",
        "2026-02-01T14:00:00Z",
    )
    days = rules["away"]["anchors"][0]["who"]
    assert (days["value"], days["changes_at"], days["becomes"]) == (0, "2026-01-22T14:00:00Z", True)
    consent = rules["letter"]["anchors"][0]["who"]["parts"][0]
    assert (consent["kind"], consent["holds"], consent["said"]) == ("consent", False, None)
    assert found["policy"]["consents"]["marketing"]["source"] == "checkout"


def test_days_are_counted_to_the_moment_that_was_asked_about() -> None:
    since = Measure("days_since_order", Compare(">=", 100))
    assert " is 41 (" in said("en", Asked(since, False, at("2026-01-20 12:00"), at=at("2026-03-02 15:00")))
