"""GET /api/v1/coupons: a shop's checkout learns which codes its customers hold."""

from __future__ import annotations

from typing import Any

import pytest

from engine.loyalty.coupons import Wanted, issue, last_day
from engine.store import Store
from models import Coupon, Customer, Message
from tests.intake.optica import NOW
from tests.outbox.shop import Optician
from tests.web.api.serving import Calls


@pytest.fixture
def calls(store: Store) -> Calls:
    return Calls(store)


def holders(calls: Calls, *names: str) -> None:
    """Customers of the shop who have been mailed a coupon."""
    optician = object.__new__(Optician)
    optician.store, optician.shop = calls.store, calls.shop
    for key in optician.queue_for(*names):
        row = Message.get_by_id(key)
        wanted = Wanted(
            key, row.token, row.shop_id, row.customer_id, "win-back", 10, last_day(NOW, 14, "days", "Europe/Warsaw"),
            "Europe/Warsaw",
        )  # fmt: skip
        issue(calls.store, [wanted], b"the key of a home", NOW)


def get(calls: Calls, path: str, key: str | None = None) -> Any:
    return calls.client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {key or calls.key}"})


def test_a_shop_fetches_the_codes_page_by_page(calls: Calls) -> None:
    holders(calls, "Anna", "Borys", "Celina")
    first = get(calls, "coupons?limit=2").json
    assert [row["customer"] for row in first["coupons"]] == ["anna", "borys"]
    rest = get(calls, f"coupons?limit=2&after={first['next']}").json
    assert ([row["customer"] for row in rest["coupons"]], rest["next"]) == (["celina"], None)


def test_one_coupon_is_found_by_its_code_however_it_is_spelt(calls: Calls) -> None:
    holders(calls, "Anna")
    row = Coupon.get()
    found = get(calls, f"coupons/{row.code.lower()}").json
    assert (found["code"], found["status"], found["percent"], found["rule"]) == (
        row.code,
        "active",
        10,
        "win-back",
    )
    assert found["expires_at"].endswith("T22:00:00Z")
    assert get(calls, "coupons/NOBODY-HAS-IT").status_code == 404


def test_an_order_with_the_code_uses_it_and_its_cancellation_frees_it(calls: Calls) -> None:
    holders(calls, "Anna")
    row = Coupon.get()
    order = {"id": "7001", "placed_at": "2026-03-01T10:00:00Z", "total": "50", "coupon": row.code.lower(),
             "customer": {"id": Customer.get().external_id}, "updated_at": "2026-03-01T10:00:00Z"}  # fmt: skip
    assert calls.post("orders", order).status_code == 201
    found = get(calls, f"coupons/{row.code}").json
    assert (found["status"], found["order"]) == ("redeemed", "7001")
    cancelled = {**order, "status": "cancelled", "updated_at": "2026-03-01T11:00:00Z"}
    assert calls.post("orders", cancelled).status_code == 201
    assert get(calls, f"coupons/{row.code}").json["status"] == "active"


def test_nobody_reads_coupons_without_a_key(calls: Calls) -> None:
    assert get(calls, "coupons", key="rk_wrong").status_code == 401
    assert get(calls, "coupons/X", key="rk_wrong").status_code == 401


@pytest.mark.parametrize("asked", ["limit=0", "limit=1001", "limit=ten", "after=-1", "after=1e3", "after=٣"])
def test_a_number_that_is_none_is_refused(calls: Calls, asked: str) -> None:
    answer = get(calls, f"coupons?{asked}")
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")


def test_the_document_knows_both_addresses(calls: Calls) -> None:
    document = calls.client.get("/openapi.json").json
    assert document is not None
    assert set(document["paths"]["/api/v1/coupons"]["get"]["responses"]) >= {
        "200",
        "304",
        "401",
        "403",
        "422",
        "503",
    }
    assert "404" in document["paths"]["/api/v1/coupons/{code}"]["get"]["responses"]
    assert "Coupon" in document["components"]["schemas"]
    page = calls.client.get("/docs").text
    assert "/api/v1/coupons/{code}" in page
