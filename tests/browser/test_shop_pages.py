"""The script on a shop's own pages, in a real browser, on another address than ours: what it tells, stores and forgets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.clock import HOUR, Clock
from engine.intake import accept_customers, sync_shops
from engine.intake.visits.signed import sign
from engine.store import Store, open_store
from engine.web.app import create_app
from models import Event, Shop, Visit, Visitor
from tests.browser.shop_pages import Website, serving, website
from tests.waiting import until
from tests.web.collect.conftest import HOME_KEY, shop_config, word

pytestmark = pytest.mark.browser
NOW = Clock().now()


@dataclass
class Place:
    """A shop's website, the server that it tells, and its store."""

    site: Website
    store: Store
    asked: list[str]  # bodies that the server was sent

    def facts(self) -> list[tuple[str, str | None, str | None]]:
        """Kind, product and whose, in their order."""
        with self.store.use():
            rows = Event.select().order_by(Event.at, Event.id)
            return [(row.kind, row.product, row.customer and row.customer.external_id) for row in rows]

    def visits(self) -> list[Visit]:
        """Every visit."""
        with self.store.use():
            return list(Visit.select().order_by(Visit.at, Visit.id))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """The optician's website and a server that it may tell."""
    store = open_store(f"sqlite:///{tmp_path / 'regulars.db'}").create()
    store.secret = HOME_KEY
    asked: list[str] = []
    with website() as site:
        config = shop_config(origins=[site.url], tie_clicks="visits")
        with store.use():
            sync_shops(store, config, NOW)
            agreed = {"visits": {"granted": True, "source": "account"}}
            anna = {"id": "anna", "email": "anna@example.com", "consent": agreed}
            accept_customers(store, config, Shop.get(Shop.key == "optyk"), [anna], NOW - HOUR)
        app = create_app(config, store, Clock(), SECRET_KEY="test")

        def noting(environ: dict[str, Any], start: Any) -> Any:
            if environ["PATH_INFO"].startswith("/collect/"):
                asked.append(environ["REQUEST_METHOD"])
            return app(environ, start)

        with serving(noting) as port:
            site.server = f"http://127.0.0.1:{port}"
            yield Place(site, store, asked)
    store.close()


@pytest.fixture
def tab(page: Any) -> Any:
    """A page whose policy nothing may break."""
    broken: list[str] = []
    page.on("console", lambda told: broken.append(told.text) if "Security Policy" in told.text else None)
    yield page
    assert broken == []


def stored(tab: Any) -> dict[str, Any]:
    """All that the browser keeps for the shop's pages, of every kind."""
    script = """async () => ({local: {...localStorage}, session: {...sessionStorage}, cookie: document.cookie,
        bases: (await indexedDB.databases()).length, caches: (await caches.keys()).length})"""
    return {**tab.evaluate(script), "cookies": tab.context.cookies()}


NOTHING = {"local": {}, "session": {}, "cookie": "", "bases": 0, "caches": 0, "cookies": []}


def state(tab: Any) -> Any:
    """What the script keeps."""
    return json.loads(tab.evaluate("localStorage.getItem('regulars:optyk')") or "null")


def open_page(tab: Any, place: Place, path: str) -> None:
    """Opens a page of the shop, and waits until the script is there."""
    tab.goto(place.site.url + path)
    tab.wait_for_function("window.regulars && regulars.ready")


def agree(tab: Any, place: Place, path: str = "/") -> None:
    """Opens a page and agrees, and waits until the server knows of it."""
    open_page(tab, place, path)
    tab.click("#agree")
    until(place.visits)


def test_before_consent_nothing_is_stored_and_nothing_is_sent(tab: Any, place: Place) -> None:
    for path in ("/", "/lenses/acuvue", "/search", "/lenses/acuvue?utm_source=spring"):
        open_page(tab, place, path)
        tab.click("#buy")
        assert stored(tab) == NOTHING
        assert tab.evaluate("regulars('visitor')") is None
    tab.click("#refuse")
    open_page(tab, place, "/help")
    assert stored(tab) == NOTHING
    assert place.asked == []


def test_with_consent_the_page_on_which_it_was_given_arrives_too(tab: Any, place: Place) -> None:
    open_page(tab, place, "/lenses/acuvue?utm_source=spring&utm_campaign=lenses")
    tab.click("#buy")
    tab.click("#agree")
    until(lambda: len(place.facts()) == 2)
    assert place.facts() == [("viewed", "ACU-30", None), ("added_to_cart", "ACU-30", None)]
    (visit,) = place.visits()
    assert (visit.device, visit.source, visit.campaign) == ("computer", "spring", "lenses")
    assert (visit.first_page, visit.last_page) == ("/lenses/acuvue", "/lenses/acuvue")
    kept = stored(tab)
    assert list(kept["local"]) == ["regulars:optyk"]
    assert {**kept, "local": {}} == NOTHING, "one name in localStorage, and no cookie even then"


def test_later_pages_searches_and_pages_without_a_reload_arrive_in_one_visit(tab: Any, place: Place) -> None:
    agree(tab, place)
    open_page(tab, place, "/search")
    open_page(tab, place, "/lenses/1")
    tab.click("#next")
    until(lambda: len(place.facts()) == 3)
    assert place.facts() == [("searched", None, None), ("viewed", "LENS-1", None), ("viewed", "DAY-90", None)]
    (visit,) = place.visits()
    assert (visit.first_page, visit.last_page, visit.pages) == ("/", "/lenses/2", 4)
    with place.store.use():
        assert Event.get(Event.product == "LENS-1").category == "optics"


def test_where_the_visit_ends_is_told_when_the_page_is_left(tab: Any, place: Place) -> None:
    agree(tab, place)
    open_page(tab, place, "/help")
    tab.goto("about:blank")
    until(lambda: [visit.last_page for visit in place.visits()] == ["/help"])


def test_withdrawing_deletes_what_is_stored_here_and_there_and_ends_it(tab: Any, place: Place) -> None:
    agree(tab, place, "/lenses/acuvue")
    until(place.facts)
    tab.click("#refuse")
    assert stored(tab) == NOTHING
    until(lambda: not place.visits())
    assert place.facts() == []
    open_page(tab, place, "/lenses/acuvue")
    told = len(place.asked)
    tab.click("#buy")
    assert (stored(tab), len(place.asked)) == (NOTHING, told)


def test_what_was_done_offline_arrives_when_the_line_is_back_and_once(tab: Any, place: Place) -> None:
    agree(tab, place)
    until(lambda: state(tab)["b"][-1]["q"] == [])
    tab.context.set_offline(True)
    for _ in range(60):
        tab.click("#buy")
    assert len(state(tab)["b"][-1]["q"]) == 50, "a browser that is away for long keeps the last ones"
    assert place.facts() == []
    tab.context.set_offline(False)
    until(lambda: len(place.facts()) == 50)
    until(lambda: state(tab)["b"][-1]["q"] == [])


def test_what_was_done_offline_survives_the_closing_of_the_page(tab: Any, place: Place) -> None:
    agree(tab, place)
    context = tab.context
    context.set_offline(True)
    tab.click("#buy")
    later = context.new_page()
    tab.close()
    context.set_offline(False)
    open_page(later, place, "/help")
    until(lambda: place.facts() == [("added_to_cart", "ACU-30", None)])


def test_whoever_logs_in_is_known_by_the_servers_word_and_by_nothing_else(tab: Any, place: Place) -> None:
    agree(tab, place, "/lenses/acuvue")
    place.site.pages["/claim"] = {"attributes": 'data-token="anna"'}
    place.site.pages["/account"] = {"attributes": f'data-token="{word("identify", "anna", NOW + HOUR)}"'}
    open_page(tab, place, "/claim")
    until(lambda: state(tab)["b"][-1]["k"] == [])
    assert place.facts() == [("viewed", "ACU-30", None)]
    open_page(tab, place, "/account")
    until(lambda: place.facts() == [("viewed", "ACU-30", "anna")])
    tab.click("#buy")
    tab.click("#logout")
    until(lambda: ("added_to_cart", "ACU-30", "anna") in place.facts())
    open_page(tab, place, "/lenses/1")
    until(lambda: ("viewed", "LENS-1", None) in place.facts())
    with place.store.use():
        assert Visitor.select().count() == 2, "who comes after a log-out is another visitor"


def test_a_click_in_our_mail_ties_and_leaves_the_address_bar(tab: Any, place: Place) -> None:
    agree(tab, place)
    token = sign(HOME_KEY, "click", "optyk", "1", NOW + HOUR)
    open_page(tab, place, f"/lenses/acuvue?colour=blue&regulars_visit={token}&size=M#top")
    assert tab.url == place.site.url + "/lenses/acuvue?colour=blue&size=M#top"
    until(lambda: place.facts() == [("viewed", "ACU-30", "anna")])


def test_pages_that_config_does_not_name_are_refused_and_lose_nothing_of_the_shop(
    tab: Any, place: Place
) -> None:
    elsewhere = place.site.url.replace("127.0.0.1", "localhost")
    tab.goto(elsewhere + "/lenses/acuvue")
    tab.wait_for_function("window.regulars && regulars.ready")
    with tab.expect_event("requestfailed") as failed:
        tab.click("#agree")
    assert failed.value.url.endswith("/collect/optyk")
    assert (place.asked, place.visits()) == (["POST"], [])
