"""A key gets a new secret while the old one works on for a while, and not a moment longer."""

from __future__ import annotations

import pytest

from engine.clock import DAY, HOUR
from engine.errors import UsageError
from engine.store import Store
from engine.web.api.credentials import digest_of_key
from engine.web.api.issuing import family_of, new_key, replace_key
from models import ApiKey, Order
from tests.intake.optica import NOW
from tests.web.api.serving import Calls

ORDER = {"id": "1", "placed_at": "2026-03-01T10:00:00Z", "total": "50", "customer": {"id": "anna"}}


@pytest.fixture
def calls(store: Store) -> Calls:
    return Calls(store)


def row_of(key: str) -> ApiKey:
    return ApiKey.get(ApiKey.digest == digest_of_key(key))


def test_both_secrets_work_until_the_overlap_is_over_then_the_new_one_alone(calls: Calls) -> None:
    old, new = calls.key, replace_key(row_of(calls.key), NOW, HOUR)
    for minutes, works in ((0, 201), (59, 201), (60, 401)):
        calls.clock.at = NOW + minutes * 60_000_000
        assert calls.post("orders", ORDER, key=old).status_code == works
        assert calls.post("orders", ORDER, key=old, Idempotency_Key=f"{minutes}").status_code == works
        assert calls.post("orders", ORDER, key=new).status_code == 201


def test_a_secret_that_was_just_used_ends_within_the_very_transaction(calls: Calls) -> None:
    assert calls.post("orders", ORDER).status_code == 201  # now this process knows the key
    replace_key(row_of(calls.key), NOW, 0)
    changed = {**ORDER, "id": "2"}
    assert calls.post("orders", changed).status_code == 401
    assert Order.select().count() == 1


def test_the_new_secret_can_what_the_old_one_could_in_the_same_family(calls: Calls) -> None:
    key = new_key(calls.shop.id, "till", NOW, ["orders:write"], items=50)
    second = replace_key(row_of(key), NOW, HOUR)
    third = replace_key(row_of(second), NOW + 1, 2 * HOUR)
    rows = [row_of(each) for each in (key, second, third)]
    assert {(row.name, tuple(row.scopes), row.items, family_of(row)) for row in rows} == {
        ("till", ("orders:write",), 50, rows[0].id)
    }
    assert [row.expires_at for row in rows] == [NOW + HOUR, NOW + 1 + 2 * HOUR, None]
    assert calls.post("customers", {"id": "anna"}, key=third).status_code == 403


def test_what_is_over_or_would_never_be_is_not_replaced(calls: Calls) -> None:
    row = row_of(calls.key)
    with pytest.raises(UsageError, match="90 days"):
        replace_key(row, NOW, 91 * DAY)
    replace_key(row, NOW, 0)
    with pytest.raises(UsageError, match="works no more"):
        replace_key(row_of(calls.key), NOW + 1)
