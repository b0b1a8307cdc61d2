"""The page of webhooks out: how each endpoint fares, and what people may do about it, each act written down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from engine.clock import DAY, HOUR, SECOND
from engine.config_endpoints import Endpoint as Settings
from engine.notices import UNSUBSCRIBED, News, listen, note
from engine.notifying.rounds import Notifier
from engine.reports.troubles import shut_endpoints
from engine.store import Store
from engine.web.app import Served, create_app
from models import Act, Customer, Endpoint, Notice
from tests.notifying.receiver import SECRET, Receiver, Stepped, answer
from tests.web.console.conftest import Login, token
from tests.web.shopful import NOW, Shopful, Still
from tests.web.shopful import config as shop_config


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    opened = Receiver()
    yield opened
    opened.close()


@pytest.fixture
def app(store: Store, receiver: Receiver) -> Flask:
    """The application over a shop that tells a receiver on this machine."""
    plain = shop_config()
    url = f"http://127.0.0.1:{receiver.port}/secret-path?token=1"
    endpoint = Settings(name="crm", url=url, secrets=(SECRET,), inside=True)
    first = plain.shops[0].model_copy(update={"endpoints": (endpoint,)})
    config = plain.model_copy(update={"shops": (first, *plain.shops[1:])})
    listen(store, config)
    return create_app(config, store, Still(), SECRET_KEY="test", TESTING=True)


def unsubscribed(store: Store, shop: Shopful, name: str = "anna") -> None:
    anna = Customer.get(Customer.external_id == name)
    with store.transaction():
        note(store, shop.shop.id, UNSUBSCRIBED, [News(anna.id, NOW, {"purpose": "marketing"})], NOW)


def tell(app: Flask, later: int = 0) -> int:
    """Tells what is due, so much later."""
    here: Served = app.extensions["regulars"]
    clock = Stepped()
    clock.at = NOW + later
    notifier = Notifier(Served(here.config, here.store, clock), "test")
    return sum(notifier.drain(each) for each in notifier.waiting())


def post(client: Any, path: str, **form: str) -> str:
    form["csrf_token"] = token(client, "/account")
    return str(client.post(path, data=form, follow_redirects=True).text)


def test_the_page_shows_what_was_told_and_what_was_not_and_no_secret(
    app: Flask, store: Store, shop: Shopful, login: Login, receiver: Receiver
) -> None:
    unsubscribed(store, shop)
    tell(app)
    unsubscribed(store, shop, "borys")
    receiver.manners.append(answer(500, b"<b>their words</b>"))
    tell(app)
    page = login("viewer").get("/endpoints").text
    for words in (
        "crm",
        f"http://127.0.0.1:{receiver.port}/…",
        "Unsubscribed",
        "HTTP 500",
        "1 delivered, 1 failed attempts",
    ):
        assert words in page
    for secret in ("secret-path", "token=1", SECRET, "their words", "anna@example.com", "Send a test event"):
        assert secret not in page


def test_a_test_event_goes_also_to_a_paused_endpoint_and_is_tried_once(
    app: Flask, store: Store, shop: Shopful, login: Login, receiver: Receiver
) -> None:
    client = login("marketer")
    assert "It is paused." in post(client, "/endpoints/crm/pause", paused="yes")
    assert "on its way" in post(client, "/endpoints/crm/test")
    unsubscribed(store, shop)
    tell(app)
    assert [said["type"] for said in receiver.told] == ["test"]
    assert receiver.told[0]["data"] == {"shop": "optyk", "test": True}
    receiver.manners.append(answer(500))
    post(client, "/endpoints/crm/test")
    tell(app)
    assert [row.state for row in Notice.select().where(Notice.kind == "test").order_by(Notice.id)] == [
        "delivered",
        "given_up",
    ]
    assert Endpoint.get().paused_why == "by_hand"
    assert shut_endpoints(shop.shop.id, app.extensions["regulars"].config) == []
    assert "It goes on." in post(client, "/endpoints/crm/pause", paused="no")
    tell(app, HOUR)
    assert receiver.told[-1]["type"] == "customer.unsubscribed"
    acts = [(act.act, act.author, act.what) for act in Act.select().order_by(Act.id)]
    who = "ola@example.com"
    assert acts[-4:] == [("pause endpoint", who, "crm"), ("test event", who, "crm"), ("test event", who, "crm"),
                         ("resume endpoint", who, "crm")]  # fmt: skip


def test_what_was_given_up_is_sent_again_under_its_number_and_its_days_begin_anew(
    app: Flask, store: Store, shop: Shopful, login: Login, receiver: Receiver
) -> None:
    unsubscribed(store, shop)
    unsubscribed(store, shop, "borys")
    receiver.away()
    tell(app)
    tell(app, 4 * DAY)
    assert [row.state for row in Notice.select()] == ["given_up"] * 2
    numbers = {row.number for row in Notice.select()}
    client = login("marketer")
    assert "Given up" in client.get("/endpoints").text
    first = Notice.select().order_by(Notice.id).first()
    assert "On its way again: 1." in post(client, f"/endpoints/messages/{first.id}/again")
    assert "On its way again: 1." in post(client, "/endpoints/crm/again")
    waiting = list(Notice.select().where(Notice.state == "waiting"))
    assert {(row.attempts, row.recorded_at, row.error) for row in waiting} == {(0, NOW, None)}
    assert {row.number for row in waiting} == numbers
    assert [act.detail for act in Act.select().where(Act.act == "send again")] == [{"count": 1}] * 2


def test_what_was_delivered_is_sent_again_on_demand_alone(
    app: Flask, store: Store, shop: Shopful, login: Login, receiver: Receiver
) -> None:
    unsubscribed(store, shop)
    tell(app)
    client = login("marketer")
    assert "On its way again: 0." in post(client, "/endpoints/crm/again")
    post(client, f"/endpoints/messages/{Notice.get().id}/again")
    tell(app, SECOND)
    assert (len(receiver.numbers), len(set(receiver.numbers))) == (2, 1)


def test_a_shut_endpoint_is_told_on_the_overview_and_nobody_else_can_be_reached_through_it(
    app: Flask, store: Store, shop: Shopful, login: Login
) -> None:
    client = login("marketer")
    Endpoint.create(shop=shop.shop, name="crm", paused_at=NOW, paused_why="failing", error="HTTP 500")
    page = client.get("/").text
    assert "The webhook endpoint crm is paused" in page
    assert 'href="/endpoints"' in page
    assert "had taken nothing for long" in client.get("/endpoints").text
    for path in ("/endpoints/other/test", "/endpoints/messages/999/again"):
        assert client.post(path, data={"csrf_token": token(client, "/account")}).status_code == 404


@pytest.mark.parametrize(("language", "words"), [("pl", "Wstrzymaj"), ("uk", "Призупинити")])
def test_the_page_speaks_every_language(
    app: Flask, shop: Shopful, login: Login, language: str, words: str
) -> None:
    client = login("admin")
    client.post("/language", data={"language": language, "csrf_token": token(client, "/account")})
    assert words in client.get("/endpoints").text
