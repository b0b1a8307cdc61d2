"""What a visitor's browser tells: visits with device, source and last page, and facts that rules ask."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.clock import DAY, HOUR, MINUTE, SECOND
from engine.store import Store
from models import Change, Customer, Event, Visit, Visitor, VisitPage
from tests.web.collect.conftest import ORIGIN, Browser, Hand, word
from tests.web.shopful import NOW


def facts() -> list[tuple[Any, ...]]:
    rows = Event.select().order_by(Event.at, Event.id)
    return [(row.kind, row.product, row.customer and row.customer.external_id) for row in rows]


def test_a_visit_has_its_device_its_source_and_the_page_on_which_it_ended(anna: Browser) -> None:
    anna.more = {"site": "www.google.com", "source": "spring", "medium": "ads", "campaign": "lenses"}
    anna.tell(
        anna.did("view", "/", ago=90_000), anna.did("view", "/lenses/acuvue?session=1#x", product="ACU-30")
    )
    anna.tell(anna.did("leave", "/lenses/acuvue"))
    (visit,) = Visit.select()
    assert (visit.device, visit.source, visit.medium, visit.campaign) == ("phone", "spring", "ads", "lenses")
    assert (visit.first_page, visit.last_page, visit.pages) == ("/", "/lenses/acuvue", 2)
    assert (visit.at, visit.last_at) == (NOW - 90 * SECOND, NOW)
    assert {row.page for row in VisitPage.select()} == {"/", "/lenses/acuvue"}


def test_views_of_products_carts_and_searches_are_facts_and_other_pages_are_not(anna: Browser) -> None:
    done = anna.tell(
        anna.did("view", "/about"), anna.did("view", "/acu", product="ACU-30", category="x", brand="y"),
        anna.did("cart", "/acu", product="ACU-30", quantity=2), anna.did("search", "/s", words="soczewki 30"),
        anna.did("view", "/new", product="NEW-1", category="optics/frames", brand="Ray"), anna.did("leave", "/new"),
    )  # fmt: skip
    assert json.loads(done.text) == {"accepted": 4, "unchanged": 0, "tied": 0}
    rows = {(row.kind, row.product): row for row in Event.select()}
    seen, cart, search = rows["viewed", "ACU-30"], rows["added_to_cart", "ACU-30"], rows["searched", None]
    assert (seen.category, seen.brand, seen.price_minor) == ("optics/contact-lenses", "Acuvue", 6495)
    assert (cart.quantity, search.properties) == (2, {"words": "soczewki 30"})
    assert (rows["viewed", "NEW-1"].category, rows["viewed", "NEW-1"].price_minor) == ("optics/frames", None)
    assert all(row.customer is None for row in rows.values())
    assert not Change.select().where(Change.recorded_at == NOW).exists(), "nobody is known yet"


def test_what_is_sent_twice_is_kept_once(anna: Browser) -> None:
    batch = json.dumps(anna.batch(anna.did("view", "/acu", product="ACU-30"))).encode()
    first, again = anna.send(batch), anna.send(batch, kind="application/json")
    assert (first.json["accepted"], again.json) == (1, {"accepted": 0, "unchanged": 1, "tied": 0})
    assert (Event.select().count(), Visit.get().pages) == (1, 1)


def test_what_comes_late_does_not_move_the_end_of_a_visit(anna: Browser) -> None:
    anna.tell(anna.did("view", "/cart"))
    anna.tell(anna.did("view", "/first", ago=600_000))
    visit = Visit.get()
    assert (visit.first_page, visit.last_page, visit.at) == ("/first", "/cart", NOW - 10 * MINUTE)


@pytest.mark.parametrize(
    ("ago", "at"), [(-(10**15), NOW), (-5, NOW), (HOUR // 1000, NOW - HOUR), (10**15, NOW - 3 * DAY)]
)
def test_no_browser_reaches_into_the_future_or_far_into_the_past(anna: Browser, ago: int, at: int) -> None:
    anna.tell(anna.did("view", "/acu", product="ACU-30", ago=ago))
    assert (Event.get().at, Event.get().recorded_at, Visit.get().at) == (at, NOW, at)


def test_when_she_logs_in_what_she_saw_before_is_hers_and_the_ticks_hear_of_it(
    anna: Browser, clock: Hand
) -> None:
    anna.tell(anna.did("view", "/acu", product="ACU-30"))
    clock.at = NOW + HOUR
    assert anna.says("identify", word("identify", "anna", clock.at + HOUR)).json["tied"] == 1
    anna.tell(anna.did("cart", "/acu", product="ACU-30"))
    assert facts() == [("viewed", "ACU-30", "anna"), ("added_to_cart", "ACU-30", "anna")]
    heard = {
        (row.customer.external_id, row.at) for row in Change.select().where(Change.recorded_at == clock.at)
    }
    assert {("anna", NOW), ("anna", clock.at)} <= heard
    assert Visit.get().customer.external_id == "anna"


def test_a_number_of_a_browser_is_kept_as_a_digest_alone(anna: Browser, store: Store) -> None:
    anna.tell(anna.did("view", "/acu", product="ACU-30"))
    anna.says("identify", word("identify", "anna"))
    for table in (Visitor, Visit, VisitPage, Event, Customer):
        for row in table.select().tuples():
            assert anna.visitor not in map(str, row)


def test_withdrawing_deletes_all_that_this_browser_has_told(anna: Browser, browser_of: Any) -> None:
    other = browser_of()
    for each in (anna, other):
        each.tell(each.did("view", "/acu", product="ACU-30"))
        each.says("identify", word("identify", "anna"))
    assert anna.tell(withdraw=True).status_code == 200
    assert [row.visitor.key for row in Visit.select()] == [Visitor.get().key]
    assert facts() == [("viewed", "ACU-30", "anna")], "what her other browser told stays"


def test_pages_that_name_a_person_are_kept_without_the_name(anna: Browser) -> None:
    anna.tell(anna.did("view", "/account/anna%40example.com/orders?mail=anna@example.com"))
    assert Visit.get().last_page == "/account/…/orders"


def test_the_script_of_a_page_asks_first_and_is_told_what_it_may(anna: Browser) -> None:
    asked = anna.client.options(
        "/collect/optyk", headers={"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    )
    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert asked.headers["Access-Control-Allow-Methods"] == "POST"
    assert "Access-Control-Allow-Credentials" not in asked.headers
    answer = anna.tell(anna.did("view"))
    assert (answer.headers["Access-Control-Allow-Origin"], answer.headers["Vary"]) == (ORIGIN, "Origin")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://optyk.example", f"{ORIGIN}:444",
                                    f"{ORIGIN}.evil.example", "*"])  # fmt: skip
def test_pages_of_others_may_tell_nothing(anna: Browser, origin: str | None) -> None:
    answer = anna.tell(anna.did("view"), origin=origin)
    asked = anna.client.options("/collect/optyk", headers={"Origin": origin} if origin else {})
    assert (answer.status_code, asked.status_code) == (403, 403)
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert not Visitor.select().exists()


@pytest.mark.parametrize("shop", ["drogeria", "nobody", "%00", "x" * 500])
def test_a_shop_that_takes_no_visits_is_not_there(anna: Browser, shop: str) -> None:
    assert anna.tell(anna.did("view"), shop=shop).status_code == 404
