"""How much a key may send in a minute: told in every answer, refused beyond it, and the same in all processes."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from engine.config import read_config
from engine.errors import ConfigError
from engine.intake.shops import make_test_shop
from engine.store import Store
from engine.web.api.credentials import digest_of_key, new_key
from engine.web.api.issuing import replace_key
from engine.web.api.meter import ITEMS, MINUTE_NS, REQUESTS, STEP, Meter
from models import ApiKey, Order
from tests.intake.optica import CONFIG, NOW
from tests.web.api.serving import Calls

BOOT = 5 * MINUTE_NS  # some time after the machine was started
SECOND_NS = 10**9


def order(number: int) -> dict[str, object]:
    return {"id": str(number), "placed_at": "2026-03-01T10:00:00Z", "total": "5", "customer": {"id": "anna"}}


@pytest.fixture
def calls(store: Store) -> Calls:
    return Calls(store)


def test_the_usual_limits_of_a_real_key_are_told_and_are_far_away(calls: Calls) -> None:
    answer = calls.post("orders", [order(1), order(2)])
    assert answer.headers["RateLimit-Policy"] == '"requests";q=600000;w=60, "items";q=6000000;w=60'
    assert answer.headers["RateLimit"] == '"requests";r=599999;t=1, "items";r=5999998;t=1'
    read = calls.client.get("/api/v1/coupons", headers={"Authorization": f"Bearer {calls.key}"})
    assert read.headers["RateLimit"].startswith('"requests";r=59999')
    assert "RateLimit" not in calls.post("orders", order(1), key="").headers


def test_a_key_that_asks_too_often_hears_when_it_may_again(calls: Calls) -> None:
    calls.key = new_key(calls.shop.id, "till", NOW, requests=2)
    assert [calls.post("orders", order(n)).status_code for n in range(3)] == [201, 201, 429]
    refused = calls.post("orders", order(4))
    assert (refused.mimetype, refused.json["status"]) == ("application/problem+json", 429)
    assert 1 <= int(refused.headers["Retry-After"]) <= 30
    assert f"in {refused.headers['Retry-After']} seconds" in refused.json["detail"]
    assert refused.headers["RateLimit"].startswith('"requests";r=0;t=')
    assert Order.select().count() == 2
    assert calls.post("orders", order(5), key=new_key(calls.shop.id, "other", NOW)).status_code == 201


def test_items_count_too_and_nothing_of_what_is_refused_is_kept(calls: Calls) -> None:
    calls.key = new_key(calls.shop.id, "till", NOW, items=3)
    assert calls.post("orders", [order(1), order(2)]).status_code == 201
    refused = calls.post("orders", [order(3), order(4)])
    assert (refused.status_code, "3 items a minute" in refused.json["detail"]) == (429, True)
    assert '"items";r=1;' in refused.headers["RateLimit"]
    assert calls.post("orders", order(5)).status_code == 201
    alone = calls.post("orders", [order(n) for n in range(6, 10)])
    assert (alone.status_code, "in parts" in alone.json["detail"]) == (429, True)
    assert Order.select().count() == 3


def test_a_new_secret_is_no_new_minute(calls: Calls) -> None:
    calls.key = new_key(calls.shop.id, "till", NOW, requests=1)
    assert calls.post("orders", order(1)).status_code == 201
    second = replace_key(ApiKey.get(ApiKey.digest == digest_of_key(calls.key)), NOW)
    assert calls.post("orders", order(2), key=second).status_code == 429


def test_config_bounds_both_kinds_of_keys_or_neither(store: Store) -> None:
    settings = CONFIG.model_dump(mode="json") | {"keys": {"live": {"requests": None, "items": None}}}
    calls = Calls(store, read_config(settings))
    assert "RateLimit" not in calls.post("orders", order(1)).headers
    calls.key = new_key(
        make_test_shop(store, calls.app.extensions["regulars"].config, "optica", NOW).id, "t", NOW
    )
    assert calls.post("orders", order(1)).headers["RateLimit"].startswith('"requests";r=599;t=1')
    with pytest.raises(ConfigError, match=r"keys\.live\.requests"):
        read_config(CONFIG.model_dump(mode="json") | {"keys": {"live": {"requests": 0, "items": None}}})


def test_what_was_used_comes_back_evenly(tmp_path: Path) -> None:
    for meter in (Meter(), Meter(tmp_path / "meter")):
        assert meter.take(7, REQUESTS, 60, 60, BOOT).left == 0
        refused = meter.take(7, REQUESTS, 2, 60, BOOT)
        assert (refused.granted, refused.room_after, refused.full_after) == (False, 2 * SECOND_NS, MINUTE_NS)
        assert meter.take(7, ITEMS, 60, 60, BOOT).granted
        assert not meter.take(7, REQUESTS, 2, 60, BOOT + SECOND_NS).granted
        assert meter.take(7, REQUESTS, 2, 60, BOOT + 2 * SECOND_NS).granted
        assert meter.take(7, REQUESTS, 60, 60, BOOT + 3 * MINUTE_NS).granted
        assert meter.take(7, REQUESTS, 60, 60, SECOND_NS).granted, "the machine was started anew"
        assert meter.take(STEP, REQUESTS, 1, 60, BOOT).left == 59, "a key of a number beyond the first page"
        meter.close()


def _take(file: Path, found: multiprocessing.Queue[int]) -> None:
    meter = Meter(file)
    found.put(sum(meter.take(3, ITEMS, 1, 1000, BOOT).granted for _ in range(800)))
    meter.close()


def test_processes_share_one_minute_and_lose_no_count_of_it(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    found: multiprocessing.Queue[int] = context.Queue()
    workers = [context.Process(target=_take, args=(tmp_path / "meter", found)) for _ in range(3)]
    for worker in workers:
        worker.start()
    granted = [found.get(timeout=30) for _ in workers]
    for worker in workers:
        worker.join(30)
    found.close()
    found.join_thread()
    assert sum(granted) == 1000


def test_the_document_tells_of_the_limits_wherever_a_key_is_wanted(calls: Calls) -> None:
    paths = calls.client.get("/openapi.json").json["paths"]  # type: ignore[index]
    keyed = [act for acts in paths.values() for act in acts.values() if act.get("security")]
    assert len(keyed) > 8
    for act in keyed:
        assert {"403", "429"} <= set(act["responses"])
        assert {"RateLimit", "RateLimit-Policy", "Retry-After"} <= set(act["responses"]["429"]["headers"])
        assert {"RateLimit", "RateLimit-Policy"} <= set(act["responses"]["200"]["headers"])
