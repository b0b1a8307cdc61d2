"""Who a visitor is: by the word of the shop's server, by an order, by a click in our mail, and by nothing that a browser says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from engine.clock import DAY, HOUR, MINUTE, SECOND
from engine.consent.erasure import erase
from engine.intake import accept_consents, accept_customers, accept_orders
from engine.intake.visits.signed import sign
from engine.reports.everything import everything
from engine.store import Store
from models import Change, Customer, Event, Shop, Visit, Visitor, VisitPage
from tests.web.collect.conftest import HOME_KEY, SECRET, Browser, Hand, shop_config, word
from tests.web.shopful import NOW

Browsers = Callable[[], Browser]


def whose() -> list[str | None]:
    """Whose each fact is, in the order of their moments."""
    return [row.customer and row.customer.external_id for row in Event.select().order_by(Event.at, Event.id)]


def saw(browser: Browser, **more: Any) -> None:
    browser.tell(browser.did("view", "/acu", product="ACU-30", **more))


def shop_row() -> Shop:
    return Shop.get(Shop.key == "optyk")


def order(store: Store, number: str, name: str, **more: Any) -> None:
    at = datetime.fromtimestamp(NOW // SECOND, UTC).isoformat()
    said = {"id": number, "placed_at": at, "total": "10", "customer": {"id": name}, **more}
    accept_orders(store, shop_config(), shop_row(), [said], NOW)


def agrees(store: Store, name: str, purpose: str = "visits", granted: bool = True) -> None:
    line = {"customer": {"id": name}, "purpose": purpose, "granted": granted}
    accept_consents(store, shop_config(), shop_row(), [line], NOW - HOUR)


@pytest.mark.parametrize(
    "token",
    [
        "anna", "", "1.2.3", word("identify", "anna", secret="somebody else's secret"),
        word("identify", "anna", shop="drogeria"), word("order", "anna"), word("click", "anna"),
        word("identify", "anna", NOW), word("identify", "anna", NOW - DAY), word("identify", "anna", NOW + 2 * DAY),
        word("identify", "anna") + "0", word("identify", "anna").replace(".", ".AAAA", 1), word("identify", "anna")[:-1],
        word("identify", "anna")[:-64] + "0" * 64, word("identify", "x" * 129), word("identify", "no@address"), "\ud800",
    ],
)  # fmt: skip
def test_a_word_that_the_shops_server_did_not_make_ties_nobody(anna: Browser, token: str) -> None:
    saw(anna)
    answer = anna.says("identify", token)
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert answer.json == {"accepted": 0, "unchanged": 0, "tied": 0, "not_believed": 1}
    assert whose() == [None]
    assert Visitor.get().external_customer is None


@pytest.mark.parametrize("who", ["anna", "anna@example.com", "ANNA@Example.com"])
@pytest.mark.parametrize("secret", [SECRET, "an older secret that still holds"])
def test_the_shop_names_its_customer_by_id_or_address_with_either_secret(
    anna: Browser, who: str, secret: str
) -> None:
    saw(anna)
    assert anna.says("identify", word("identify", who, secret=secret)).json["tied"] == 1
    assert whose() == ["anna"]


def test_without_secrets_in_the_config_no_word_is_believed(build: Callable[..., Flask]) -> None:
    browser = Browser(build(secrets=[]).test_client())
    assert browser.says("identify", word("identify", "anna")).json["not_believed"] == 1
    assert browser.says("identify", word("identify", "anna", secret="")).json["not_believed"] == 1


def test_whoever_is_not_known_yet_gets_what_they_saw_when_they_are(anna: Browser, store: Store) -> None:
    saw(anna)
    assert anna.says("identify", word("identify", "celina")).json["tied"] == 1
    saw(anna)
    assert whose() == [None, None]
    celina = {"id": "celina", "email": "celina@example.com"}
    accept_customers(store, shop_config(), shop_row(), [celina], NOW + MINUTE)
    assert whose() == ["celina", "celina"]
    assert Visit.get().customer.external_id == "celina"
    assert Change.select().where(Change.recorded_at == NOW + MINUTE).count() >= 2


def test_an_order_that_carries_the_visitors_number_ties_them(anna: Browser, store: Store) -> None:
    saw(anna)
    order(store, "1001", "anna", visitor=anna.visitor)
    assert (whose(), Visitor.get().tied_by) == (["anna"], "order")
    saw(anna)
    assert whose() == ["anna", "anna"]


def test_an_order_may_come_before_the_first_word_of_its_visitor(anna: Browser, store: Store) -> None:
    order(store, "1001", "anna", visitor=anna.visitor)
    saw(anna)
    assert whose() == ["anna"]


@pytest.mark.parametrize("first", ["order", "word"])
def test_the_thank_you_page_ties_by_a_signed_order_whichever_comes_first(
    anna: Browser, store: Store, first: str
) -> None:
    saw(anna)
    steps = [lambda: order(store, "1001", "anna"), lambda: anna.says("order", word("order", "1001"))]
    for step in steps if first == "order" else reversed(steps):
        step()
    assert whose() == ["anna"]


def test_at_a_shared_computer_each_keeps_what_they_saw_while_they_were_known(
    anna: Browser, clock: Hand
) -> None:
    for name in ("anna", "borys"):
        clock.at += MINUTE
        saw(anna)
        clock.at += MINUTE
        anna.says("identify", word("identify", name, clock.at + HOUR))
    assert whose() == ["anna", "anna"], "what came before Borys logged in was done while she was known"
    clock.at += MINUTE
    saw(anna)
    assert whose() == ["anna", "anna", "borys"]


def click(name: str, until: int = NOW + HOUR) -> str:
    return sign(HOME_KEY, "click", "optyk", str(Customer.get(Customer.external_id == name).id), until)


def test_a_click_ties_once_and_only_with_the_customers_consent(
    build: Callable[..., Flask], store: Store
) -> None:
    app = build(tie_clicks="visits")
    first, second, third = (Browser(app.test_client()) for _ in range(3))
    saw(first)
    assert first.says("click", click("anna")).json["tied"] == 0, "she has not agreed to it"
    agrees(store, "anna")
    token = click("anna", NOW + 2 * HOUR)
    assert first.says("click", token).json["tied"] == 1
    assert second.says("click", token).json["not_believed"] == 1, "it was used"
    assert whose() == ["anna"]
    agrees(store, "borys")
    assert first.says("click", click("borys")).json["tied"] == 0, (
        "a mail may be passed on: it outweighs nothing"
    )
    assert third.says("click", click("borys", NOW - 1)).json["tied"] == 0
    assert second.says("click", word("click", "1", secret="a secret of the home" + "x")).json["tied"] == 0


def test_where_the_shop_has_not_switched_it_on_no_click_ties(anna: Browser, store: Store) -> None:
    agrees(store, "anna")
    assert anna.says("click", click("anna")).json["not_believed"] == 1


def test_whoever_objects_to_profiling_is_not_watched(
    anna: Browser, browser_of: Browsers, store: Store
) -> None:
    saw(anna)
    anna.says("identify", word("identify", "anna"))
    agrees(store, "anna", "profiling", granted=False)
    saw(anna)
    other = browser_of()
    saw(other)
    assert other.says("identify", word("identify", "anna")).json["not_believed"] == 1
    assert whose() == ["anna", None], "neither by the browser that is known nor by another"


def test_an_erasure_takes_visits_and_browsers_and_leaves_those_of_others(
    anna: Browser, browser_of: Browsers, store: Store
) -> None:
    shared, later = browser_of(), browser_of()
    for browser, names in ((anna, ["anna"]), (shared, ["borys", "anna"]), (later, [])):
        for name in names:
            saw(browser)
            browser.says("identify", word("identify", name))
            browser.visit += "2"
    saw(later)
    later.says("identify", word("identify", "celina"))
    gone = erase(store, Customer.get(Customer.external_id == "anna"), NOW).deleted
    assert (gone["visit"], gone["visitor"], gone["event"]) == (1, 1, 1), "one browser is Borys's as well"
    assert whose() == ["borys", "borys", None]
    assert sorted(str(row.customer and row.customer.external_id) for row in Visit.select()) == [
        "None",
        "borys",
        "borys",
    ]
    assert not Visitor.select().where(Visitor.customer.is_null(False)).exists()
    saw(anna)
    assert whose()[-1] is None, "the browser is nobody's now"


def test_a_guest_who_turns_out_to_be_a_customer_brings_the_visits_along(anna: Browser, store: Store) -> None:
    saw(anna)
    guest = {"customer": {"email": "celina@example.com"}, "visitor": anna.visitor}
    order(store, "1001", "", **guest)
    assert whose() == [None], "a guest has no id of the shop"
    assert Event.get().customer is not None
    for item in (
        {"id": "celina", "email": "other@example.com"},
        {"id": "celina", "email": "celina@example.com"},
    ):
        accept_customers(store, shop_config(), shop_row(), [item], NOW + MINUTE)
    assert whose() == ["celina"]
    assert {row.customer.external_id for row in (Visit.get(), Visitor.get())} == {"celina"}


def test_what_is_kept_of_visits_is_in_an_export(anna: Browser) -> None:
    saw(anna)
    anna.says("identify", word("identify", "anna"))
    found = everything(Customer.get(Customer.external_id == "anna"))
    assert [row["last_page"] for row in found["visit"]] == ["/acu"]
    assert [row["page"] for row in found["visit_page"]] == ["/acu"]
    assert len(found["visitor"]) == len(found["event"]) == 1
    assert VisitPage.select().count() == 1
