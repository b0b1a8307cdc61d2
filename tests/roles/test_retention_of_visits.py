"""How long visits are kept: a stranger's for weeks, a customer's for longer, each with all that belongs to it."""

from __future__ import annotations

from engine.clock import DAY
from engine.roles.retention import prune
from engine.store import Store
from models import Customer, Event, Visit, Visitor, VisitPage
from tests.outbox.shop import NOON, Optician
from tests.roles.test_retention import home


def came(optician: Optician, key: str, days: int, customer: Customer | None = None) -> Visitor:
    """Somebody visited so many days ago, and viewed a product."""
    at = NOON - days * DAY
    visitor = Visitor.create(shop=optician.shop, key=f"visitor:{key}", customer=customer, at=at, last_at=at)
    visit = Visit.create(
        shop=optician.shop, visitor=visitor, customer=customer, key="visit-1", at=at, last_at=at, page_at=at,
        recorded_at=at, device="phone", first_page="/", last_page="/", pages=1,
    )  # fmt: skip
    VisitPage.create(visit=visit, page="/")
    Event.create(
        shop=optician.shop,
        customer=customer,
        external_customer=visitor.key,
        kind="viewed",
        at=at,
        recorded_at=at,
    )
    return visitor


def left() -> list[list[str]]:
    """Whose visitors, visits, pages and facts are still there."""
    return [
        sorted(row.key for row in Visitor.select()),
        sorted(row.visitor.key for row in Visit.select()),
        sorted(row.visit.visitor.key for row in VisitPage.select()),
        sorted(row.external_customer for row in Event.select()),
    ]


def test_strangers_go_after_sixty_days_and_customers_after_four_hundred(store: Store) -> None:
    optician = Optician(store)
    anna = optician.customer("Anna")
    came(optician, "old stranger", 61)
    came(optician, "stranger", 59)
    came(optician, "old anna", 401, anna)
    came(optician, "anna", 399, anna)
    prune(home(store))
    assert left() == [["visitor:anna", "visitor:stranger"]] * 4
    assert prune(home(store)) == {}


def test_a_browser_that_comes_often_keeps_only_its_late_visits(store: Store) -> None:
    optician = Optician(store)
    visitor = came(optician, "anna", 401, optician.customer("Anna"))
    Visitor.update(last_at=NOON).execute()
    assert prune(home(store)) == {"event": 1, "visit": 1}
    assert [row.key for row in Visitor.select()] == [visitor.key]


def test_the_shop_may_keep_them_for_ever_or_for_a_day(store: Store) -> None:
    optician = Optician(store)
    came(optician, "stranger", 3_000)
    came(optician, "anna", 399, optician.customer("Anna"))
    for_ever = {"visits_days": None, "strangers_days": None, "web_events_days": None}
    assert prune(home(store, **for_ever)) == {}
    prune(home(store, visits_days=1, strangers_days=1))
    assert Visitor.select().count() == Visit.select().count() == 0


def test_what_waits_for_a_customer_of_the_shops_own_stays(store: Store) -> None:
    optician = Optician(store)
    came(optician, "old stranger", 61)
    waiting = {"shop": optician.shop, "external_customer": "id:celina", "kind": "viewed"}
    Event.create(at=NOON - 61 * DAY, recorded_at=NOON, **waiting)
    prune(home(store))
    assert [row.external_customer for row in Event.select()] == ["id:celina"]
