"""The lowest price of 30 days: what a shop must name beside a price that it calls reduced."""

from __future__ import annotations

from datetime import date

import pytest

from engine import calendar
from engine.profile.prices import lowest_in_30_days
from engine.store import Store
from models import PriceDay, Product, Shop

WARSAW = "Europe/Warsaw"
NOW = calendar.at_clock_time(date(2026, 6, 30), 12 * 60, WARSAW)


@pytest.fixture
def lens(store: Store) -> Product:
    shop = Shop.create(
        key="optyk", name="Optyk", timezone=WARSAW, currency="PLN", country="PL", language="pl"
    )
    return Product.create(shop=shop, external_id="LENS", recorded_at=0, updated_at=1)


def cost(lens: Product, *days: tuple[str, int | None, int | None]) -> int | None:
    """Keeps what the lens cost on these days, and asks."""
    for day, lowest, last in days:
        PriceDay.create(product=lens, day=day, lowest_minor=lowest, last_minor=last)
    return lowest_in_30_days([lens.id], NOW, WARSAW).get(lens.id)


def test_it_is_the_lowest_of_the_30_days_before_the_price_fell(lens: Product) -> None:
    assert (
        cost(lens, ("2026-05-01", 8000, 10000), ("2026-06-10", 9000, 9500), ("2026-06-20", 7000, 7000))
        == 9000
    )


def test_a_price_that_was_in_force_when_the_30_days_began_counts(lens: Product) -> None:
    assert (
        cost(lens, ("2026-01-01", 5000, 6000), ("2026-06-10", 9000, 9000), ("2026-06-20", 8000, 8000)) == 6000
    )


def test_the_day_30_days_before_belongs_to_them_and_the_one_before_does_not(lens: Product) -> None:
    assert (
        cost(lens, ("2026-05-20", 100, 9000), ("2026-05-21", 8500, 9500), ("2026-06-20", 8000, 8000)) == 8500
    )


def test_a_price_that_has_not_fallen_is_compared_with_all_of_the_last_30_days(lens: Product) -> None:
    assert cost(lens, ("2026-03-01", 9000, 9000), ("2026-06-20", 9000, 9900)) == 9000


def test_what_was_raised_again_and_what_had_no_price_at_all(lens: Product) -> None:
    assert cost(lens, ("2026-04-01", 50, 50), ("2026-04-02", 50, None), ("2026-06-20", 9900, 9900)) == 9900


def test_of_a_price_that_fell_when_the_history_begins_nobody_knows(lens: Product) -> None:
    assert cost(lens) is None


def test_tomorrow_is_not_known_yet(lens: Product) -> None:
    assert cost(lens, ("2026-06-01", 9000, 9000), ("2026-07-01", 10, 10)) == 9000
