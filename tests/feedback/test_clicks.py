"""A click becomes a fact of its mail when a person made it, once, and for nobody who was erased."""

from __future__ import annotations

from typing import Any

import pytest

from engine.clock import MINUTE, SECOND
from engine.consent.erasure import erase
from engine.delivery.clicks import link_ids
from engine.feedback.clicks import (
    MOST_OF_ONE_MAIL,
    _ripe,
    clicked_mails,
    clicks_of,
    is_to_judge,
    judge,
    note_click,
)
from engine.store import Store
from models import Change, Click, Event, Link, Message
from models.objections import PROFILING
from tests.feedback.test_machines import CHROME
from tests.outbox.shop import NOON, Optician

BROWSER = {"User-Agent": CHROME}
LATER = NOON + 10 * MINUTE


class Letters:
    """One mail of a rule that counts, sent at noon to Anna, with two links."""

    def __init__(self, store: Store) -> None:
        self.shop = Optician(store)
        self.anna = self.shop.customer("Anna")
        (key,) = self.shop.queue(self.shop.draft(self.anna, extra={"clicks": True}))
        Message.update(state="sent", settled_at=NOON).where(Message.id == key).execute()
        self.mail: Any = Message.get_by_id(key)
        urls = ["https://optyk.example/a", "https://optyk.example/b"]
        self.first, self.second = link_ids(self.shop.shop.id, self.anna.id, urls, NOON).values()

    def click(self, at: int, link: int | None = None, headers: dict[str, str] = BROWSER) -> None:
        note_click(self.mail, link or self.first, headers, at)


@pytest.fixture
def letters(store: Store) -> Letters:
    return Letters(store)


def facts() -> list[tuple[int, int, dict[str, Any]]]:
    """The clicked facts: customer, moment and properties."""
    rows = Event.select().where(Event.kind == "clicked").order_by(Event.id)
    return [(row.customer_id, row.at, row.properties) for row in rows]


def test_annas_click_is_a_fact_of_her_mail_two_seconds_later(store: Store, letters: Letters) -> None:
    letters.click(LATER)
    assert (is_to_judge(LATER + SECOND), judge(store, LATER + SECOND), facts()) == (False, 0, [])
    assert is_to_judge(LATER + 2 * SECOND)
    assert judge(store, LATER + 2 * SECOND) == 1
    assert facts() == [(letters.anna.id, LATER, {"rule": "refill"})]
    told = Change.get()
    assert (told.customer_id, told.at, told.recorded_at) == (letters.anna.id, LATER, LATER + 2 * SECOND)
    assert judge(store, LATER + 3 * SECOND) == 0


def test_a_mail_is_clicked_once_however_often_its_links_are_opened(store: Store, letters: Letters) -> None:
    for minutes, link in enumerate((letters.first, letters.second, letters.first)):
        letters.click(LATER + minutes * MINUTE, link)
    assert judge(store, LATER + 9 * MINUTE) == 1
    letters.click(LATER + 10 * MINUTE)
    assert judge(store, LATER + 11 * MINUTE) == 0
    assert len(facts()) == 1
    assert clicked_mails(letters.shop.shop.id, "refill", NOON, NOON + 1) == 1
    assert clicked_mails(letters.shop.shop.id, "refill", NOON + 1, NOON + 2) == 0


def test_several_links_within_a_second_are_no_persons_doing(store: Store, letters: Letters) -> None:
    letters.click(LATER, letters.first)
    letters.click(LATER + SECOND, letters.second)
    assert judge(store, LATER + MINUTE) == 0
    assert [click.machine for click in clicks_of(letters.mail.id)] == ["at_once", "at_once"]
    letters.click(LATER + 5 * MINUTE)  # and then Anna herself
    assert judge(store, LATER + 6 * MINUTE) == 1


def test_a_double_click_on_one_link_is_a_persons(store: Store, letters: Letters) -> None:
    letters.click(LATER)
    letters.click(LATER + SECOND // 5)
    assert judge(store, LATER + MINUTE) == 1


@pytest.mark.parametrize(
    ("at", "headers", "why"),
    [
        (NOON + SECOND, BROWSER, "too_quick"),
        (LATER, {"User-Agent": "BarracudaCentral/1.0"}, "scanner"),
        (LATER, {}, "no_browser"),
    ],
)
def test_a_machines_click_is_kept_as_one_and_is_no_fact(
    store: Store, letters: Letters, at: int, headers: dict[str, str], why: str
) -> None:
    letters.click(at, headers=headers)
    assert judge(store, LATER + MINUTE) == 0
    assert (Click.get().machine, facts()) == (why, [])
    assert clicked_mails(letters.shop.shop.id, "refill", NOON, NOON + 1) == 0


def test_nothing_is_noted_of_somebody_who_was_erased_and_what_was_is_gone(
    store: Store, letters: Letters
) -> None:
    letters.click(LATER)
    judge(store, LATER + MINUTE)
    erase(store, letters.anna, LATER + MINUTE)
    assert not Click.select().exists()
    assert not Link.select().exists(), "they stood in no other's mail"
    letters.mail = Message.get_by_id(letters.mail.id)
    letters.click(LATER + 2 * MINUTE)
    assert not Click.select().exists()


def test_nobody_watches_what_somebody_clicks_who_objects_to_profiling(store: Store, letters: Letters) -> None:
    letters.shop.consent(letters.anna, PROFILING, False, LATER)
    letters.click(LATER + MINUTE)
    assert not Click.select().exists()


def test_a_link_that_others_got_too_or_that_holds_no_address_outlives_an_erasure(
    store: Store, letters: Letters
) -> None:
    shop = letters.shop.shop.id
    borys = letters.shop.customer("Borys").id
    named = ["https://optyk.example/?to=anna%40example.com", "https://optyk.example/?to=anna@example.com"]
    link_ids(shop, letters.anna.id, ["https://optyk.example/a", *named], NOON)
    link_ids(shop, borys, ["https://optyk.example/a", *named], NOON)
    erase(store, letters.anna, LATER)
    assert [row.url for row in Link.select()] == ["https://optyk.example/a"]


def test_whoever_opens_a_link_without_end_fills_no_table(store: Store, letters: Letters) -> None:
    for second in range(MOST_OF_ONE_MAIL + 5):
        letters.click(LATER + second * SECOND)
    assert Click.select().count() == MOST_OF_ONE_MAIL


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whether_a_click_waits_is_asked_of_an_index_of_those_that_wait(store: Store) -> None:
    sql, params = _ripe(NOON).sql()
    plan = " ".join(str(row) for row in store.database.execute_sql(f"explain query plan {sql}", params))
    assert "click_to_judge" in plan
