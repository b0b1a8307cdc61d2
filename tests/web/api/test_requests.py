"""Requests: who may, in what form, all or nothing, once, and what is said when something is wrong."""

from __future__ import annotations

import json
import threading
from io import BytesIO

import pytest

from engine.clock import DAY
from engine.store import Store
from engine.web.api.idempotency import forget_old
from models import TABLES, ApiKey, Idempotency, Order
from tests.intake.optica import CONFIG, order
from tests.web.api.serving import Calls

NDJSON = "application/x-ndjson"


@pytest.fixture
def calls(store: Store) -> Calls:
    return Calls(store)


def test_one_order_is_kept_and_the_clock_woken_after_it_is_committed(calls: Calls) -> None:
    woken: list[int] = []
    calls.app.extensions["wake"] = lambda: woken.append(
        Order.select().count() if not calls.store.database.in_transaction() else -1
    )
    answer = calls.post("orders", order())
    assert (answer.status_code, answer.json, woken) == (201, {"accepted": 1, "unchanged": 0}, [1])
    assert calls.post("orders", [order(), order("2")]).json == {"accepted": 1, "unchanged": 1}


def test_a_list_with_one_bad_order_is_refused_whole_with_pointers(calls: Calls) -> None:
    answer = calls.post("orders", [order("1"), order("2", total="-5")])
    assert (answer.status_code, answer.content_type, Order.select().count()) == (
        422,
        "application/problem+json",
        0,
    )
    assert answer.json is not None
    assert answer.json["errors"] == [{"pointer": "/1/total", "detail": "an amount must not be negative"}]
    assert calls.post("orders", order(total="-5")).json["errors"][0]["pointer"] == "/total"  # type: ignore[index]


def test_ndjson_goes_line_by_line_and_answers_in_order(calls: Calls) -> None:
    body = "\n".join(
        [json.dumps(order("1")), "", "{oops", json.dumps(order("2", status="x")), json.dumps(order("1"))]
    )
    answer = calls.post("orders", body.encode(), NDJSON)
    results = [json.loads(line) for line in answer.text.splitlines()]
    assert (answer.status_code, answer.mimetype) == (200, NDJSON)
    assert [(r["line"], r["status"]) for r in results] == [
        (1, "accepted"),
        (3, "refused"),
        (4, "refused"),
        (5, "unchanged"),
    ]
    assert (results[2]["errors"][0]["pointer"], Order.select().count()) == ("/status", 1)


@pytest.mark.parametrize("key", ["", "rk_wrong", "żółw"])
def test_without_a_known_key_nothing_is_read(calls: Calls, key: str) -> None:
    answer = calls.post("orders", b"{", key=key.encode().decode("latin-1"))
    assert (answer.status_code, answer.headers["WWW-Authenticate"][:6]) == (401, "Bearer")


def test_a_key_is_kept_as_a_hash_and_dead_as_soon_as_it_is_revoked(calls: Calls) -> None:
    assert calls.key not in str(ApiKey.get().__data__)
    assert calls.post("orders", order()).status_code == 201
    assert ApiKey.get().used_at == calls.clock.at
    ApiKey.update(revoked_at=1).execute()
    assert calls.post("orders", order("2")).status_code == 401


@pytest.mark.parametrize(("body", "words"), [
    (b"{", "line 1, column 2"),
    (b'{"id": "1",\n "id": "2"}', "the key 'id' stands twice"),
    (b'{"total": NaN}', "NaN is not JSON"),
    (b'{"total": -Infinity}', "-Infinity is not JSON"),
    (b'{"id": "\xff"}', "is not UTF-8"),
    (b'{"id": "\\u0000"}', "half a character"),
    (b'{"id": "\\ud800"}', "half a character"),
    (b"[" * 200_000, "nested too deeply"),
    (b"1" * 5000, "too many digits"),
    (b"", "line 1, column 1"),
], ids=lambda value: str(value)[:24])  # fmt: skip
def test_what_is_not_json_is_said_with_its_place(calls: Calls, body: bytes, words: str) -> None:
    answer = calls.post("orders", body)
    assert answer.status_code == 400
    assert words in answer.json["detail"]  # type: ignore[index]


def test_other_kinds_of_body_are_not_taken(calls: Calls) -> None:
    assert calls.post("orders", b"a=b", "application/x-www-form-urlencoded").status_code == 415
    assert calls.post("orders", b"x", "application/json", Content_Encoding="gzip").status_code == 415
    assert calls.client.put("/api/v1/orders").status_code == 405
    assert calls.client.get("/api/v1/nothing").content_type == "application/problem+json"


def test_what_is_too_large_is_not_taken(store: Store) -> None:
    limits = CONFIG.limits.model_copy(update={"body_bytes": 10_000, "orders_per_request": 3})
    calls = Calls(store, CONFIG.model_copy(update={"limits": limits}))
    assert calls.post("orders", b" " * 10_001).status_code == 413
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = calls.client.post(
        "/api/v1/orders", input_stream=BytesIO(b"{}\n" + b" " * 20_000), content_type=NDJSON,
        headers={"Authorization": f"Bearer {calls.key}"}, environ_overrides=chunked,
    )  # fmt: skip
    assert answer.status_code == 413, "not the first 10,000 bytes of it as if they were all"
    assert calls.post("orders", [order(str(n)) for n in range(4)]).status_code == 413
    assert calls.post("orders", b"{}\n" * 4, NDJSON).status_code == 413


def test_the_same_request_with_the_same_key_gets_the_same_answer(calls: Calls) -> None:
    first = calls.post("orders", order(), Idempotency_Key="abc")
    again = calls.post("orders", order(), Idempotency_Key="abc")
    assert (
        (first.status_code, first.text)
        == (again.status_code, again.text)
        == (201, '{"accepted": 1, "unchanged": 0}')
    )
    assert ("Idempotent-Replayed" in first.headers, again.headers["Idempotent-Replayed"]) == (False, "true")
    lines = calls.post("orders", json.dumps(order("2")).encode(), NDJSON, Idempotency_Key="lines")
    assert (
        calls.post("orders", json.dumps(order("2")).encode(), NDJSON, Idempotency_Key="lines").data
        == lines.data
    )


def test_another_request_with_the_same_key_is_refused_and_a_refused_one_uses_no_key_up(calls: Calls) -> None:
    assert calls.post("orders", order(total="x"), Idempotency_Key="abc").status_code == 422
    assert calls.post("orders", order(), Idempotency_Key="abc").status_code == 201
    assert calls.post("orders", order("2"), Idempotency_Key="abc").status_code == 422
    assert calls.post("customers", order(), Idempotency_Key="abc").status_code == 422
    assert (Order.select().count(), Idempotency.select().count()) == (1, 1)
    assert calls.post("orders", order(), Idempotency_Key="x" * 256).status_code == 400


def test_a_key_that_is_under_way_is_a_conflict(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()
    statuses: list[int] = []

    def slow(*_: object, **__: object) -> int:
        begun.set()
        assert go_on.wait(20)
        return calls.clock.at

    def first() -> None:
        statuses.append(calls.post("orders", order(), Idempotency_Key="abc").status_code)

    monkeypatch.setattr("engine.web.api.idempotency._once", _held(slow))
    thread = threading.Thread(target=first)
    thread.start()
    assert begun.wait(20)
    answer = calls.post("orders", order(), Idempotency_Key="abc")
    go_on.set()
    thread.join(20)
    assert (answer.status_code, statuses) == (409, [201])


def _held(wait: object) -> object:
    """Makes the first request wait where its transaction would begin to work."""
    from engine.web.api import idempotency

    once = idempotency._once

    def held(*args: object) -> object:
        wait()  # type: ignore[operator]
        return once(*args)  # type: ignore[arg-type]

    return held


def test_kept_answers_are_forgotten_after_two_days(calls: Calls) -> None:
    calls.post("orders", order(), Idempotency_Key="abc")
    assert (forget_old(calls.clock.at + DAY), forget_old(calls.clock.at + 3 * DAY)) == (0, 1)


def test_when_the_store_fails_the_answer_is_503_and_nothing_is_kept(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    from peewee import OperationalError

    def full(*_: object) -> None:
        raise OperationalError("database or disk is full")

    calls.post("orders", order("0"))
    before = [table.select().count() for table in TABLES]
    monkeypatch.setattr("engine.intake.order_rows._link_refund_lines", full)
    answer = calls.post("orders", order(), Idempotency_Key="abc")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert [table.select().count() for table in TABLES] == before


def test_health_and_metrics_say_how_it_goes_and_name_nobody(calls: Calls) -> None:
    calls.post("orders", order())
    assert calls.client.get("/health").json == {"status": "ok"}
    told = calls.client.get("/metrics").text
    assert "regulars_orders_total 1.0" in told
    assert "regulars_changes 1.0" in told
    assert "anna" not in told


def test_health_is_503_when_the_store_is_gone(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    from peewee import OperationalError

    def gone(*_: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("engine.bulk.run", gone)
    assert calls.client.get("/health").status_code == 503


def test_a_second_shop_sees_nothing_of_the_first(store: Store) -> None:
    other = CONFIG.shops[0].model_copy(update={"shop": "drogeria", "currency": "EUR"})
    calls = Calls(store, CONFIG.model_copy(update={"shops": (*CONFIG.shops, other)}))
    from engine.web.api.credentials import new_key
    from models import Customer, Shop

    key = new_key(Shop.get(Shop.key == "drogeria").id, "second", 1)
    assert (
        calls.post("orders", order()).json
        == calls.post("orders", order(), key=key).json
        == {"accepted": 1, "unchanged": 0}
    )
    assert sorted((o.shop.key, o.total_minor) for o in Order.select()) == [
        ("drogeria", 3021),
        ("optica", 12990),
    ]
    assert Customer.select().count() == 2
