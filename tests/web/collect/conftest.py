"""A shop whose pages may tell of visits, Anna who is its customer, and browsers that speak as the script does."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask

from engine.clock import DAY, HOUR, SECOND, Clock
from engine.config import Config, read_config
from engine.intake import accept_customers, accept_products, sync_shops
from engine.store import Store
from engine.web.app import create_app
from models import Shop
from tests.web.shopful import NOW

ORIGIN = "https://optyk.example"
SECRET = "a secret of the shop's own server"
HOME_KEY = b"a secret of the home"


class Hand(Clock):
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> int:
        """What the test says."""
        return self.at


def shop_config(**pages: Any) -> Config:
    """Two shops; the second takes no visits."""
    one = {
        "name": "Optyk", "postal": "Optyk, Kraków", "sender": {"name": "Optyk", "address": "a@optyk.example"},
    }  # fmt: skip
    told = {"origins": [ORIGIN], "secrets": [SECRET, "an older secret that still holds"], **pages}
    return read_config(
        {
            "purposes": ["visits"],
            "shops": [{"shop": "optyk", "pages": told, **one}, {"shop": "drogeria", **one}],
        }
    )


def word(use: str, who: str, until: int = NOW + HOUR, secret: str = SECRET, shop: str = "optyk") -> str:
    """What docs/shops/pages.md tells a shop's server to make, written out once more."""
    said = f"{until // SECOND}.{urlsafe_b64encode(who.encode()).decode().rstrip('=')}"
    return f"{said}.{hmac.new(secret.encode(), f'{use}:{shop}:{said}'.encode(), hashlib.sha256).hexdigest()}"


@dataclass
class Browser:
    """A visitor's browser: its own number, one visit, and what it tells."""

    client: Any
    visitor: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    visit: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    more: dict[str, Any] = field(default_factory=dict)

    def did(self, what: str, page: str = "/", **more: Any) -> dict[str, Any]:
        """One event."""
        return {"id": secrets.token_urlsafe(6), "did": what, "page": page, **more}

    def batch(self, *events: dict[str, Any], **more: Any) -> dict[str, Any]:
        """What it sends."""
        said = {"visitor": self.visitor, "visit": self.visit, "device": "phone", "events": list(events)}
        return {**said, **self.more, **more}

    def tell(
        self, *events: dict[str, Any], origin: str | None = ORIGIN, shop: str = "optyk", **more: Any
    ) -> Any:
        """Sends it as a beacon does."""
        return self.send(json.dumps(self.batch(*events, **more)).encode(), origin, shop)

    def send(
        self, body: bytes, origin: str | None = ORIGIN, shop: str = "optyk", kind: str = "text/plain"
    ) -> Any:
        """Sends bytes."""
        headers = {"Origin": origin} if origin else {}
        return self.client.post(f"/collect/{shop}", data=body, headers=headers, content_type=kind)

    def says(self, by: str, token: str) -> Any:
        """Sends a signed word alone."""
        return self.tell(ties=[{"by": by, "token": token}])


@pytest.fixture
def clock() -> Hand:
    """Ten in the morning, until a test moves it."""
    return Hand()


@pytest.fixture
def build(store: Store, clock: Hand) -> Callable[..., Flask]:
    """Makes the application with other settings of the pages."""

    def make(**pages: Any) -> Flask:
        store.secret = HOME_KEY
        config = shop_config(**pages)
        sync_shops(store, config, NOW - DAY)
        shop = Shop.get(Shop.key == "optyk")
        anna = {"id": "anna", "email": "anna@example.com", "first_name": "Anna"}
        accept_customers(
            store, config, shop, [anna, {"id": "borys", "email": "borys@example.com"}], NOW - DAY
        )
        lens = {
            "id": "ACU-30",
            "name": "Acuvue",
            "category": "optics/contact-lenses",
            "brand": "Acuvue",
            "price": "64.95",
        }
        accept_products(store, config, shop, [lens], NOW - DAY)
        return create_app(config, store, clock, SECRET_KEY="test", TESTING=True)

    return make


@pytest.fixture
def app(build: Callable[..., Flask]) -> Flask:
    """The application."""
    return build()


@pytest.fixture
def browser_of(app: Flask) -> Callable[[], Browser]:
    """Makes browsers."""
    return lambda: Browser(app.test_client())


@pytest.fixture
def anna(browser_of: Callable[[], Browser]) -> Browser:
    """Anna's browser, in which nobody has logged in yet."""
    return browser_of()
