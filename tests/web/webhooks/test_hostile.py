"""Real messages with pieces torn out and put in wrongly: an answer each time, never a fault of ours, nothing half-written."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.store import Store, open_store
from models import TABLES, RefusedMessage, Source
from tests.web.webhooks.shops import Systems, shopify_order, woo_order

ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=30), st.just([]), st.just({}), st.just([[]]), st.just({"id": {"id": []}}), st.just("1e999"), st.just("-5"),
    st.just("\u202eevil\r\nBcc: x@example.com"), st.just("2026-05-20T12:00:00+02:00"), st.just("9" * 400),
)  # fmt: skip


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yields every container of a message with each of its keys."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


@st.composite
def bent(draw: st.DrawFn, message: dict[str, Any]) -> dict[str, Any]:
    """Draws a message of which up to three places hold something odd, or nothing."""
    sent = copy.deepcopy(message)
    for _ in range(draw(st.integers(1, 3))):
        found = list(places(sent))
        where, key = found[draw(st.integers(0, len(found) - 1))]
        if isinstance(where, dict) and draw(st.booleans()):
            del where[key]
        else:
            where[key] = copy.deepcopy(draw(ODD))
    return sent


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    """SQLite alone: what is asked is how messages are read."""
    found = open_store(sqlite_url)
    with found.use():
        yield found
    found.close()


KEPT_OF_REFUSALS = (Source, RefusedMessage)


def counts() -> dict[str, int]:
    return {
        table._meta.table_name: table.select().count() for table in TABLES if table not in KEPT_OF_REFUSALS
    }


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(data=st.data())
def test_a_bent_message_gets_an_answer_and_is_kept_whole_or_not_at_all(
    sqlite_store: Store, data: st.DataObject
) -> None:
    shop = Systems(sqlite_store)
    shop.app.config["PROPAGATE_EXCEPTIONS"] = False
    before = counts()
    sent: Any
    if data.draw(st.booleans()):
        sent, topic = (
            data.draw(bent(woo_order())),
            data.draw(st.sampled_from(("order.updated", "product.updated", "customer.updated"))),
        )
        answer = shop.woo(topic, sent)
    else:
        topics = (
            "orders/updated",
            "refunds/create",
            "products/update",
            "customers/update",
            "checkouts/update",
            "customers/redact",
        )
        sent, topic = data.draw(bent(shopify_order())), data.draw(st.sampled_from(topics))
        answer = shop.shopify(topic, sent)
    assert answer.status_code in (200, 400, 422), answer.text
    if answer.status_code != 200:
        assert counts() == before
