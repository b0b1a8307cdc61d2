"""What a key may do: each resource wants its own scope, and a key of before there were scopes can what it could."""

from __future__ import annotations

import pytest

from engine.errors import UsageError
from engine.store import Store
from engine.web.api.credentials import new_key
from engine.web.api.scopes import READS, SCOPES, USUAL, WRITES, chosen, demand, granted
from models import ApiKey, Order
from tests.intake.optica import NOW
from tests.web.api.serving import Calls

ORDER = {"id": "1", "placed_at": "2026-03-01T10:00:00Z", "total": "50", "customer": {"id": "anna"}}


@pytest.fixture
def calls(store: Store) -> Calls:
    return Calls(store)


def test_a_key_for_orders_sends_orders_and_nothing_else(calls: Calls) -> None:
    calls.key = new_key(calls.shop.id, "till", NOW, ["orders:write"])
    assert calls.post("orders", ORDER).status_code == 201
    for resource in ("customers", "products", "events", "consents", "refunds"):
        refused = calls.post(resource, {"id": "anna"})
        assert (refused.status_code, refused.mimetype) == (403, "application/problem+json")
        assert f"{resource}:write" in refused.json["detail"]
        assert "keys create --scope" in refused.json["detail"]
        assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]
    coupons = calls.client.get("/api/v1/coupons", headers={"Authorization": f"Bearer {calls.key}"})
    assert (coupons.status_code, "coupons:read" in coupons.json["detail"]) == (403, True)


def test_nothing_of_a_refused_request_is_kept_or_even_read(calls: Calls) -> None:
    calls.key = new_key(calls.shop.id, "reader", NOW, ["read"])
    assert calls.post("orders", b"{not json").status_code == 403
    assert calls.post("orders", ORDER, Idempotency_Key="1").status_code == 403
    assert Order.select().count() == 0


def test_a_revoked_key_hears_that_it_is_revoked_and_not_what_it_lacks(calls: Calls) -> None:
    calls.key = new_key(calls.shop.id, "reader", NOW, ["orders:read"])
    assert calls.post("orders", ORDER).status_code == 403
    ApiKey.update(revoked_at=NOW).execute()
    assert calls.post("orders", ORDER).status_code == 401


def test_a_key_without_written_scopes_can_what_it_could_before_there_were_any(calls: Calls) -> None:
    ApiKey.update(scopes=[]).execute()
    assert calls.post("orders", ORDER).status_code == 201
    coupons = calls.client.get("/api/v1/coupons", headers={"Authorization": f"Bearer {calls.key}"})
    assert coupons.status_code == 200
    assert granted([]) == set(USUAL) == {*WRITES, "coupons:read"}


def test_groups_are_taken_apart_and_a_slip_of_the_pen_is_told() -> None:
    assert chosen(["all"]) == SCOPES
    assert chosen(["read", "orders:write"]) == ("orders:write", *READS)
    assert chosen([]) == USUAL
    with pytest.raises(UsageError, match="did you mean 'orders:write'"):
        chosen(["order:write"])


def test_a_view_demands_one_scope(calls: Calls) -> None:
    class Reader:
        scopes = frozenset({"orders:read"})

    demand(Reader(), "orders:read")
    with pytest.raises(Exception, match="customers:read"):
        demand(Reader(), "customers:read")
