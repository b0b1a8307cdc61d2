"""The page of what is going to be sent shows the forecast that was kept last, or says how to make one."""

from __future__ import annotations

from collections import Counter

from engine.clock import HOUR
from engine.rehearsal.forecast.foreseen import Expected, Foreseen
from engine.rehearsal.forecast.kept import by_rule, keep, kept
from engine.store import Store
from models import Setting
from tests.web.console.conftest import Login
from tests.web.shopful import NOW, Shopful

REFILL = Expected(
    "lens-refill",
    Counter({"2026-03-13": 7, "2026-03-14": 2}),
    9,
    starved=Counter({"1 per 3 days": 4}),
    waiting=1,
)
FOUND = Foreseen(
    "optyk",
    ("2026-03-12", "2026-03-13", "2026-03-14"),
    {"lens-refill": REFILL, "quiet": Expected("quiet")},
    3,
)


def test_without_a_forecast_the_page_says_how_to_make_one(shop: Shopful, login: Login) -> None:
    page = login("viewer").get("/forecast")
    assert page.status_code == 200
    assert "server.py forecast --keep" in page.text


def test_it_shows_days_rules_and_what_is_starved(shop: Shopful, login: Login, store: Store) -> None:
    with store.transaction():
        keep(shop.shop.id, FOUND, NOW - HOUR)
    page = login("viewer").get("/forecast").text
    assert "<svg" in page
    assert page.count("<rect") == 2 + 1  # two days have mails; the legend has one rule
    assert "1 per 3 days" in page
    assert ">lens-refill</a>" in page
    assert ">quiet</a>" not in page


def test_the_newest_forecast_takes_the_place_of_the_one_before(shop: Shopful, store: Store) -> None:
    with store.transaction():
        for at in (NOW - HOUR, NOW):
            keep(shop.shop.id, FOUND, at)
    found = kept(shop.shop.id)
    assert found is not None
    assert (found["at"], len(found["days"])) == (NOW, 3)
    assert by_rule(found) == {"lens-refill": [0, 7, 2]}
    assert Setting.select().where(Setting.name.startswith("forecast:")).count() == 1
