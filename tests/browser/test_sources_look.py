"""The page of sources with all that it can show, in a real browser: readable by everybody, and on a phone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.clock import DAY
from engine.config_shops import Pull as Asked
from engine.config_shops import PullBaseLinker, PullWooCommerce
from engine.web.app import Served
from models import Pull, RefusedMessage, Shop, Source
from tests.browser.conftest import Site, enter, serve
from tests.browser.test_look import faults
from tests.security.conftest import full_shop
from tests.web.shopful import NOW, Still
from tests.web.shopful import config as shop_config
from tests.web.webhooks.shops import WEBHOOKS

pytestmark = pytest.mark.browser
UNREADABLE = "/line_items/0/" + "a-very-long-word-without-a-gap-" * 8


def fill(words: str) -> None:
    """A shop of whose systems one leaves, one is broken and one has no journal."""
    full_shop(words)
    here = Shop.select().order_by(Shop.id).get()
    Source.delete().execute()
    Source.create(
        shop=here, name="shopify", redact_at=NOW + DAY, last_at=NOW, last_topic="shop/redact", accepted=812
    )
    woo = Source.create(
        shop=here, name="woocommerce", last_at=NOW, accepted=9, refused=1, error=UNREADABLE, error_at=NOW
    )
    RefusedMessage.create(source=woo, at=NOW, topic="order.updated", body="{}", error=UNREADABLE)
    Pull.create(
        shop=here,
        name="baselinker",
        asked_at=NOW,
        note="no_journal",
        brought=1840,
        known=12,
        lag=90_000_000,
        brought_at=NOW,
    )
    Pull.create(
        shop=here,
        name="woocommerce",
        failures=2,
        error="optyk.example answers 401",
        error_at=NOW,
        next_at=NOW + DAY,
    )


@pytest.fixture(scope="module")
def asking_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The shop, served."""
    for site in serve(tmp_path_factory.mktemp("asking"), fill=fill):
        plain = shop_config()
        woo = PullWooCommerce(url="https://optyk.example", key="ck_12345678", secret="cs_12345678")
        asked = Asked(woocommerce=woo, baselinker=PullBaseLinker(token="token-0123456789"))
        first = plain.shops[0].model_copy(update={"webhooks": WEBHOOKS, "pull": asked})
        site.app.extensions["regulars"] = Served(
            plain.model_copy(update={"shops": (first,)}), site.store, Still()
        )
        yield site


@pytest.mark.parametrize("language", ["pl", "uk", "en"])
def test_the_page_can_be_read_by_everybody_and_fits_a_phone(
    page: Any, asking_site: Site, language: str
) -> None:
    enter(page, asking_site)
    page.goto(asking_site.at("/"))
    page.click(f"button[value={language}]")
    page.goto(asking_site.at("/sources"))
    assert faults(page, "/sources") == []
    picture(page, f"sources-{language}-1280")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    picture(page, f"sources-{language}-390")


def picture(page: Any, name: str) -> None:
    """Takes a picture where somebody wants to look: PICTURES=folder."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
