"""The page of sources about systems that are asked: when, what came of it, what is wrong, and the button that asks now."""

from __future__ import annotations

import pytest
from flask import Flask

from engine.clock import DAY
from engine.config_shops import Pull as Asked
from engine.config_shops import PullBaseLinker, PullWooCommerce
from engine.doctor.work import _asked
from engine.store import Store
from engine.web.app import create_app
from models import Act, Pull, Shop, Source
from tests.web.console.conftest import Login, token
from tests.web.shopful import NOW, Shopful, Still
from tests.web.shopful import config as shop_config
from tests.web.webhooks.shops import WEBHOOKS


@pytest.fixture
def app(store: Store) -> Flask:
    """The application over a shop that tells and is asked."""
    plain = shop_config()
    asked = Asked(
        woocommerce=PullWooCommerce(url="https://optica.example", key="ck_12345678", secret="cs_12345678"),
        baselinker=PullBaseLinker(token="token-0123456789"),
    )
    first = plain.shops[0].model_copy(update={"webhooks": WEBHOOKS, "pull": asked})
    return create_app(
        plain.model_copy(update={"shops": (first, *plain.shops[1:])}),
        store,
        Still(),
        SECRET_KEY="test",
        TESTING=True,
    )


def first_shop() -> Shop:
    return Shop.select().order_by(Shop.id).get()


def test_a_system_that_is_asked_says_when_and_what_came_of_it(
    app: Flask, shop: Shopful, login: Login
) -> None:
    here = first_shop()
    Pull.create(
        shop=here, name="woocommerce", asked_at=NOW, brought=3, known=40, brought_at=NOW, lag=90_000_000
    )
    Pull.create(shop=here, name="baselinker", asked_at=NOW, note="no_journal")
    page = login("viewer").get("/sources").text
    for said in (
        "3 that nothing else had told, 40 known already",
        "90 s after it happened",
        "getJournalList",
    ):
        assert said in page
    assert "webhooks/optyk/baselinker" not in page  # nobody can paste it anywhere
    assert "Ask it now" not in page


def test_a_system_that_cannot_be_asked_and_a_shop_that_leaves_are_told_aloud(
    app: Flask, shop: Shopful, login: Login
) -> None:
    here = first_shop()
    Pull.create(
        shop=here, name="woocommerce", failures=2, error="x answers 401 <b>", error_at=NOW, next_at=NOW + DAY
    )
    Source.create(shop=here, name="shopify", redact_at=NOW + DAY, last_at=NOW)
    page = login("viewer").get("/sources").text
    assert "could not be asked 2 times in a row" in page
    assert "x answers 401 &lt;b&gt;" in page
    assert "They will be erased at" in page
    said = [finding.said for finding in _asked(here)]
    assert ["could not be asked, 2 time(s)" in said[0], "has left shopify" in said[1]] == [True, True]


def test_a_marketer_has_it_asked_now_and_that_is_written_down(
    app: Flask, shop: Shopful, login: Login
) -> None:
    Pull.create(shop=first_shop(), name="woocommerce", next_at=NOW + DAY)
    client = login("marketer")
    crumb = {"csrf_token": token(client, "/sources")}
    answer = client.post("/sources/woocommerce/ask", data=crumb, follow_redirects=True)
    assert "It will be asked within a minute." in answer.text
    assert (Pull.get().next_at, Act.select().where(Act.act == "ask").count()) == (0, 1)
    assert client.post("/sources/shopify/ask", data=crumb).status_code == 404
