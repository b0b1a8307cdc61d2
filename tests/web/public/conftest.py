"""The public pages over a fresh store, and Anna's mail to come from."""

from __future__ import annotations

from typing import Any

import pytest

from engine.store import Store
from engine.web.app import create_app
from tests.web.shopful import NOW, Shopful, Still, config


@pytest.fixture
def shop(store: Store) -> Shopful:
    """A shop without customers."""
    return Shopful()


@pytest.fixture
def anna(shop: Shopful) -> Any:
    """Anna, who agreed to offers and to the newsletter."""
    customer = shop.customer("Anna", "anna", language="pl")
    for purpose in ("marketing", "newsletter"):
        shop.consent(customer, purpose)
    return customer


@pytest.fixture
def mail(shop: Shopful, anna: Any) -> Any:
    """A mail that Anna got because she bought lenses."""
    order = shop.order(anna, "1001", NOW - 80 * 86_400_000_000, "Acuvue Oasys 30")
    anchor = {"kind": "bought", "at": order.at, "order_id": order.id, "product": "P0"}
    return shop.message(anna, "lens-refill", anchors=[anchor])


@pytest.fixture
def client(store: Store) -> Any:
    """A browser without cookies."""
    return create_app(config(), store, Still()).test_client()
