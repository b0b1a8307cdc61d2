"""Whatever is refused says where: the narrowest place that is known, else the request as a whole."""

from __future__ import annotations

import json

import pytest
from werkzeug.test import TestResponse

from engine.clock import Clock
from engine.store import Store, open_store
from engine.web.api.credentials import new_key
from engine.web.app import create_app
from tests.intake.optica import CONFIG, NOW, order
from tests.web.api.serving import Calls
from tests.web.api.test_store_away import NOBODY_THERE


def says_of_all_of_it(answer: TestResponse, status: int) -> None:
    """Asserts a problem whose only place is the whole of the request, with the words of the detail."""
    said = json.loads(answer.data)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert said["errors"] == [{"pointer": "", "detail": said["detail"]}]
    assert said["detail"]


@pytest.fixture
def calls(store: Store) -> Calls:
    limits = CONFIG.limits.model_copy(update={"body_bytes": 5_000, "orders_per_request": 3})
    return Calls(store, CONFIG.model_copy(update={"limits": limits}))


def test_what_cannot_be_read_is_wrong_as_a_whole(calls: Calls) -> None:
    says_of_all_of_it(calls.post("orders", b"{"), 400)
    says_of_all_of_it(calls.post("orders", b'{"id": "1", "id": "2"}'), 400)
    says_of_all_of_it(calls.post("orders", order(), Idempotency_Key="x" * 256), 400)
    says_of_all_of_it(calls.post("orders", b"a=b", "text/html"), 415)
    says_of_all_of_it(calls.post("orders", b" " * 5_001), 413)
    says_of_all_of_it(calls.post("orders", [order(str(n)) for n in range(4)]), 413)


def test_so_is_what_this_key_may_not_ask(calls: Calls) -> None:
    says_of_all_of_it(calls.post("orders", order(), key="rk_wrong"), 401)
    says_of_all_of_it(
        calls.post("orders", order(), key=new_key(calls.shop.id, "r", NOW, ["orders:read"])), 403
    )
    calls.key = new_key(calls.shop.id, "till", NOW, requests=1)
    assert calls.post("orders", order()).status_code == 201
    says_of_all_of_it(calls.post("orders", order()), 429)


def test_so_is_what_is_not_there(calls: Calls) -> None:
    says_of_all_of_it(calls.client.get("/api/v1/nothing"), 404)
    says_of_all_of_it(calls.client.put("/api/v1/orders"), 405)
    key = {"Authorization": f"Bearer {new_key(calls.shop.id, 'reader', NOW, ['read'])}"}
    says_of_all_of_it(calls.client.get("/api/v1/orders/unheard-of", headers=key), 404)
    says_of_all_of_it(calls.client.post("/webhooks/nobody/shopify", data=b"{}"), 404)


def test_so_is_a_key_that_came_with_something_else_or_is_under_way(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert calls.post("orders", order(), Idempotency_Key="abc").status_code == 201
    says_of_all_of_it(calls.post("orders", order("2"), Idempotency_Key="abc"), 422)
    monkeypatch.setattr("engine.web.api.idempotency._in_flight", {(calls.store.url, calls.shop.id, "abc")})
    says_of_all_of_it(calls.post("orders", order(), Idempotency_Key="abc"), 409)


def test_so_is_what_meets_no_database() -> None:
    client = create_app(CONFIG, open_store(NOBODY_THERE), Clock()).test_client()
    headers = {"Authorization": "Bearer rk_anything"}
    says_of_all_of_it(client.post("/api/v1/orders", data=b"{}", headers=headers), 503)


def test_what_has_a_narrower_place_names_that(calls: Calls) -> None:
    said = calls.post("orders", [order(), order("2", total="-5")]).get_json()
    assert said["errors"] == [{"pointer": "/1/total", "detail": "an amount must not be negative"}]
    key = {"Authorization": f"Bearer {new_key(calls.shop.id, 'reader', NOW, ['read'])}"}
    wrong = calls.client.get("/api/v1/orders?limit=0&cursor=x", headers=key).get_json()
    assert [one["pointer"] for one in wrong["errors"]] == ["/limit"]
