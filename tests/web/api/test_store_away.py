"""A database server that is away is a 503 that the shop sends again, not a fault without a reason."""

from __future__ import annotations

import json

import pytest

from engine.clock import Clock
from engine.store import open_store
from engine.web.app import create_app
from tests.intake.optica import CONFIG

NOBODY_THERE = "postgresql://nobody@127.0.0.1:1/regulars"


@pytest.mark.parametrize("path", ["/api/v1/orders", "/api/v1/consents"])
def test_an_order_that_meets_no_database_is_answered_with_503_and_may_be_sent_again(path: str) -> None:
    client = create_app(CONFIG, open_store(NOBODY_THERE), Clock()).test_client()
    headers = {"Authorization": "Bearer rk_anything"}
    answer = client.post(path, data=b"{}", content_type="application/json", headers=headers)
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert "send it again" in json.loads(answer.data)["detail"]
    assert answer.headers["Retry-After"] == "5"


def test_health_says_that_the_store_is_away() -> None:
    client = create_app(CONFIG, open_store(NOBODY_THERE), Clock()).test_client()
    assert client.get("/health").status_code == 503


@pytest.mark.parametrize("path", ["/", "/login", "/u/AAAAAAAAAAAAAAAAAAAAAA"])
def test_pages_for_people_are_an_error_of_ours_too(path: str) -> None:
    app = create_app(CONFIG, open_store(NOBODY_THERE), Clock(), SECRET_KEY="k" * 32)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert app.test_client().get(path).status_code in (200, 302, 500, 503)
