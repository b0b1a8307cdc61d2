"""Where visits end: counted by last page, device and source, each against the visits that could have ended there."""

from __future__ import annotations

import pytest

from engine.clock import DAY, HOUR, MINUTE
from engine.reports.ends import Ending, Group, ends
from engine.reports.stretch import last_days
from engine.store import Store
from models import Customer, Visit, Visitor, VisitPage
from tests.web.shopful import NOW, Shopful

WEEK = last_days(NOW, 7, "Europe/Warsaw")


@pytest.fixture
def shop(store: Store) -> Shopful:
    """A shop with Anna."""
    made = Shopful()
    made.customer("Anna", "anna")
    return made


def visit(shop: Shopful, *pages: str, at: int = NOW - DAY, known: bool = False, **more: object) -> None:
    """Somebody saw these pages, in this order."""
    number = Visit.select().count()
    customer = Customer.get() if known else None
    key = more.pop("browser", f"visitor:{number}")
    visitor, _ = Visitor.get_or_create(
        shop=shop.shop, key=key, defaults={"at": at, "last_at": at, "customer": customer}
    )
    last_at = at + len(pages) * MINUTE
    row = Visit.create(
        shop=shop.shop, visitor=visitor, customer=customer, key=f"visit-{number}", at=at, last_at=last_at,
        page_at=last_at, recorded_at=at, first_page=pages[0], last_page=pages[-1], pages=len(set(pages)),
        **{"device": "phone", **more},
    )  # fmt: skip
    for page in set(pages):
        VisitPage.create(visit=row, page=page)


def test_a_page_is_weighed_against_the_visits_that_saw_it(shop: Shopful) -> None:
    visit(shop, "/", "/cart")
    visit(shop, "/", "/cart", "/thanks", known=True)
    visit(shop, "/", device="computer", source="google.com")
    found = ends(shop.shop.id, WEEK, NOW)
    assert (found.visits, found.browsers, found.known, found.going_on) == (3, 3, 1, 0)
    assert found.by_page == (Ending("/", 1, 3), Ending("/cart", 1, 2), Ending("/thanks", 1, 1))
    assert found.by_device == (Group("phone", 2, 0, 5), Group("computer", 1, 1, 1))
    assert set(found.by_source) == {Group(None, 2, 0, 5), Group("google.com", 1, 1, 1)}


def test_a_visit_that_goes_on_has_not_ended_anywhere(shop: Shopful) -> None:
    visit(shop, "/", at=NOW - 10 * MINUTE)
    visit(shop, "/", at=NOW - HOUR)
    found = ends(shop.shop.id, WEEK, NOW)
    assert (found.visits, found.going_on) == (1, 1)
    assert found.by_page == (Ending("/", 1, 1),)


def test_one_browser_that_comes_twice_is_one_browser(shop: Shopful) -> None:
    visit(shop, "/", browser="visitor:a")
    visit(shop, "/", "/help", browser="visitor:a", at=NOW - 2 * DAY)
    found = ends(shop.shop.id, WEEK, NOW)
    assert (found.visits, found.browsers) == (2, 1)


def test_one_device_is_looked_at_alone_and_still_beside_the_others(shop: Shopful) -> None:
    visit(shop, "/", "/cart")
    visit(shop, "/cart", "/", device="computer")
    found = ends(shop.shop.id, WEEK, NOW, "computer")
    assert (found.visits, found.by_page) == (1, (Ending("/", 1, 1),))
    assert {group.name for group in found.by_device} == {"phone", "computer"}


def test_what_was_before_the_stretch_and_what_is_another_shops_is_left_out(shop: Shopful) -> None:
    visit(shop, "/", at=NOW - 8 * DAY)
    found = ends(shop.shop.id, WEEK, NOW)
    assert (found.visits, found.by_page, found.by_device) == (0, (), ())
    assert ends(shop.shop.id + 1, last_days(NOW, 30, "Europe/Warsaw"), NOW).visits == 0
