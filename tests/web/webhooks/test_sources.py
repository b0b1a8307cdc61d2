"""What is known of a source: its last word, its lag, its silence; and what it sent in vain is taken again."""

from __future__ import annotations

from typing import Any

import pytest

from engine.clock import DAY, HOUR, MINUTE
from engine.consent.erasure import erase
from engine.doctor.work import _sources
from engine.intake.connectors.readers import named
from engine.intake.sources import KEPT_OF_A_SOURCE, rehearse, silent_too_long, take_again
from engine.store import Store
from models import Address, Customer, Order, RefusedMessage, Source
from tests.intake.optica import NOW
from tests.web.webhooks.shops import HOOKED, Systems, shopify_order, woo_order


@pytest.fixture
def systems(store: Store) -> Systems:
    return Systems(store)


def source(name: str = "woocommerce") -> Source:
    return Source.get(Source.name == name)


def unknown(number: int, **said: Any) -> dict[str, Any]:
    """An order in a status that only the shop knows."""
    return woo_order(number, status="w-paczkomacie", **said)


def again(systems: Systems, message: RefusedMessage) -> str | None:
    return take_again(systems.store, HOOKED, systems.shop, message, NOW + MINUTE)


def test_a_message_tells_how_late_it_was_and_how_long_the_source_was_silent_at_most(systems: Systems) -> None:
    systems.woo("order.updated", woo_order())
    assert source().lag == NOW - 1_779_271_500_000_000  # changed at 10:05 on 20 May
    for pause in (MINUTE, 3 * HOUR, MINUTE):
        systems.clock.at += pause
        systems.woo("order.updated", woo_order())
    assert source().longest_silence == 3 * HOUR


def test_a_source_is_silent_too_long_when_it_never_was_so_before(systems: Systems) -> None:
    for _ in range(10):
        systems.clock.at += 2 * HOUR
        systems.woo("order.updated", woo_order())
    last = systems.clock.at
    assert [silent_too_long(source(), last + gap) for gap in (HOUR, 2 * HOUR, 2 * HOUR + 1)] == [
        False,
        False,
        True,
    ]
    said = [finding.said for finding in _sources(systems.shop, last + DAY)]
    assert "longer than ever before" in said[0]


def test_a_source_that_has_hardly_spoken_is_not_called_silent(systems: Systems) -> None:
    systems.woo("order.updated", woo_order())
    assert not silent_too_long(source(), NOW + 30 * DAY)


def test_what_could_not_be_read_is_kept_and_taken_again_when_the_setting_is_there(systems: Systems) -> None:
    assert systems.woo("order.updated", unknown(727)).status_code == 422
    message = RefusedMessage.get()
    assert (message.topic, "unknown status 'w-paczkomacie'" in message.error) == ("order.updated", True)
    assert "unknown status" in (again(systems, message) or "")
    assert (RefusedMessage.select().count(), Order.select().count()) == (1, 0)
    HOOKED_NOW = HOOKED.shops[0].webhooks.woocommerce
    assert HOOKED_NOW is not None
    woo = HOOKED_NOW.model_copy(update={"statuses": {"w-paczkomacie": "shipped"}})
    hooks = HOOKED.shops[0].webhooks.model_copy(update={"woocommerce": woo})
    mended = HOOKED.model_copy(update={"shops": (HOOKED.shops[0].model_copy(update={"webhooks": hooks}),)})
    assert take_again(systems.store, mended, systems.shop, message, NOW) is None
    assert (RefusedMessage.select().count(), Order.get().status, source().accepted) == (0, "shipped", 1)


def test_neither_a_wrong_signature_nor_what_is_no_json_is_kept(systems: Systems) -> None:
    systems.woo("order.updated", unknown(1), secret="not-it")
    systems.woo("order.updated", b"{")
    assert (RefusedMessage.select().count(), source().denied, source().refused) == (0, 1, 1)


def test_of_a_source_only_the_newest_messages_are_kept(systems: Systems) -> None:
    for number in range(KEPT_OF_A_SOURCE + 3):
        systems.woo("order.updated", unknown(number + 1))
    kept = [row.body for row in RefusedMessage.select().order_by(RefusedMessage.id)]
    assert (len(kept), '"id": 4,' in kept[0]) == (KEPT_OF_A_SOURCE, True)


@pytest.mark.parametrize("name", ["woocommerce", "shopify"])
def test_a_test_event_goes_the_whole_way_and_leaves_nothing(systems: Systems, name: str) -> None:
    assert rehearse(systems.store, HOOKED, systems.shop, name, NOW) is None
    assert (Order.select().count(), Customer.select().count(), Address.select().count()) == (0, 0, 0)


def test_a_test_event_of_a_source_that_config_does_not_name_says_so(systems: Systems) -> None:
    bare = HOOKED.shops[0].model_copy(update={"webhooks": type(HOOKED.shops[0].webhooks)()})
    plain = HOOKED.model_copy(update={"shops": (bare,)})
    assert "names no webhooks.shopify" in (rehearse(systems.store, plain, systems.shop, "shopify", NOW) or "")
    assert (named(bare), named(HOOKED.shops[0])) == ([], ["woocommerce", "shopify"])


def test_whoever_is_erased_is_in_no_message_that_waits(systems: Systems) -> None:
    systems.woo("order.updated", woo_order(1))
    anna = Customer.get()
    systems.woo("order.updated", unknown(2))
    systems.woo("order.updated", unknown(3, billing={"email": "somebody.else@example.com"}, customer_id=0))
    erase(systems.store, anna, NOW)
    assert [("somebody.else" in row.body) for row in RefusedMessage.select()] == [True]


def test_a_shopify_order_is_taken_again_too(systems: Systems) -> None:
    broken = shopify_order(total_price="a lot")
    assert systems.shopify("orders/create", broken).status_code == 422
    assert "/total_price" in (again(systems, RefusedMessage.get()) or "")
