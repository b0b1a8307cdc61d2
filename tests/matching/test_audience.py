"""Whom a rule by the calendar asks: each zone's customers, whichever way the table is read."""

from __future__ import annotations

import pytest

from engine.clock import HOUR
from engine.config import Config
from engine.matching.audience import FEW_ZONES, audience
from engine.matching.scope import Scope
from engine.rulebook.load import load_text
from engine.rulebook.vocabulary import Vocabulary
from engine.store import Store
from models import Customer
from tests.outbox.shop import NOON, Optician, config

WEEKLY = "- {rule: weekly, when: {every: 'monday at 10:00'}, who: {city: Kraków}, send: plain, note: x}\n"


@pytest.fixture
def optician(store: Store) -> Optician:
    """A shop in which Anna and Borys live in Kraków, Celina in Lwów, and Daria was erased."""
    shop = Optician(store)
    shop.customer("Anna", city="Kraków")
    shop.customer("Borys", city="Kraków", zone="Europe/Kyiv")
    shop.customer("Celina", city="Lwów", zone="Europe/Kyiv")
    shop.customer("Daria", city="Kraków", erased_at=NOON)
    shop.customer("Emil", city="Kraków")
    Customer.update(recorded_at=NOON + HOUR).where(Customer.first_name == "Emil").execute()
    return shop


def asked(settings: Config, optician: Optician, zone: str, zones: int) -> list[str]:
    book = load_text({"rules/weekly.yaml": WEEKLY}, Vocabulary())
    scope = Scope(
        settings, settings.shops[0], optician.shop.id, zone, NOON, NOON, book, optician.store.postgresql
    )
    keys = audience(book.rules["weekly"], scope, zones)
    return sorted(row.first_name for row in Customer.select().where(Customer.id.in_(keys)))


@pytest.mark.parametrize("zones", [1, FEW_ZONES + 1])
def test_it_asks_those_of_the_zone_who_are_known_and_not_erased(optician: Optician, zones: int) -> None:
    assert asked(config(), optician, "Europe/Warsaw", zones) == ["Anna"]
    assert asked(config(), optician, "Europe/Kyiv", zones) == ["Borys"]


@pytest.mark.parametrize("zones", [1, FEW_ZONES + 1])
def test_customers_of_another_shop_are_never_asked(optician: Optician, zones: int) -> None:
    stranger = type(optician.shop).create(
        key="kwiaty", name="Kwiaty", timezone="Europe/Warsaw", currency="PLN", country="PL", language="pl"
    )
    Customer.update(shop=stranger).where(Customer.first_name == "Anna").execute()
    assert asked(config(), optician, "Europe/Warsaw", zones) == []
