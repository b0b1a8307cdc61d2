"""Test mode: what a test key sends goes the whole way, and its mail to nobody, whatever else is true."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from peewee import fn

import models
from engine.clock import DAY, HOUR
from engine.config_testing import NOWHERE
from engine.consent.suppression import suppress
from engine.delivery import mailroom
from engine.delivery.exchange import Letter
from engine.delivery.pool import Pool
from engine.errors import ConfigError
from engine.intake.emptying import STAYS, empty_test_shop
from engine.intake.shops import make_test_shop
from engine.outbox.claim import claim
from engine.outbox.recover import recover
from engine.store import Store
from models import Address, Caught, Customer, Message, Order, RuleState
from tests.delivery.sink import DROP, Sink
from tests.testing.shop import Both, both


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as opened:
        yield opened


@pytest.fixture
def shop(store: Store, tmp_path: Path, sink: Sink) -> Iterator[Both]:
    with both(store, tmp_path, sink) as made:
        made.pass_minutes()
        yield made


def test_the_same_anna_gets_her_real_mails_and_the_mailbox_those_of_test_mode(shop: Both, sink: Sink) -> None:
    shop.order("live", "Anna")
    shop.order("test", "Anna")
    shop.pass_minutes()
    shop.send()
    assert shop.caught() == ["anna@example.com"] * 2
    assert len(sink.accepted) == 2
    assert all(b"zam\xc3\xb3wienie 1002" not in raw and NOWHERE.encode() not in raw for raw in sink.accepted)
    assert shop.states(shop.shop) == ["sent", "sent"]
    assert shop.states(shop.test_shop) == ["sent"] * 2
    raw = Caught.select(Caught.raw).where(Caught.subject.contains("1002")).scalar()
    assert "To: Anna <anna@example.com>" in raw
    assert "Optyk (test)" in Caught.select(Caught.raw).order_by(Caught.id.desc()).scalar()


def test_customers_and_mailboxes_of_test_mode_are_nobody_of_the_shop(shop: Both) -> None:
    shop.order("test", "Anna", id=None)
    shop.order("live", "Anna", id=None)
    shop.order("test", "Anna")  # the guest turns out to be the customer, in the test shop alone
    people = list(
        Customer.select(Customer.shop, Customer.external_id, Address.email)
        .join(Address)
        .order_by(Customer.id)
    )
    assert [(each.shop_id, each.external_id, each.address.email) for each in people if each.external_id] == [
        (shop.test_shop.id, "anna", f"anna@example.com{NOWHERE}")
    ]
    assert {each.address.email for each in people if each.shop_id == shop.shop.id} == {"anna@example.com"}
    assert Order.select().where(Order.shop == shop.shop.id).count() == 1


def test_what_is_said_in_test_mode_holds_for_nobody_and_the_other_way_round(shop: Both, sink: Sink) -> None:
    shop.order("live", "Anna")
    shop.order("test", "Anna")
    withdrawal = {"customer": {"email": "anna@example.com"}, "purpose": "marketing", "granted": False}
    assert shop.post("test", "consents", withdrawal).status_code == 201
    live = Address.get(Address.email == "anna@example.com")
    suppress(
        shop.store, Address.get(Address.email == f"anna@example.com{NOWHERE}").id, "by_hand", shop.clock.at
    )
    shop.pass_minutes()
    shop.send()
    assert (len(sink.accepted), shop.caught()) == (2, [])
    shop.order("test", "Borys")
    shop.order("live", "Borys")
    suppress(shop.store, Address.get(Address.email == "borys@example.com").id, "by_hand", shop.clock.at)
    shop.pass_minutes()
    shop.send()
    assert (len(sink.accepted), shop.caught()) == (2, ["borys@example.com"] * 2)
    assert live.suppressed_at is None


def test_a_relay_that_is_away_or_slow_delays_no_test_and_a_retry_goes_nowhere_else(
    store: Store, tmp_path: Path
) -> None:
    with Sink(greeting=DROP) as sink, both(store, tmp_path, sink) as shop:
        shop.pass_minutes()
        shop.order("test", "Anna")
        shop.order("live", "Anna")
        shop.pass_minutes()
        claim(
            shop.store, "dead:1", shop.clock.at, 100, groups=("test",)
        )  # a sender that dies with it in its hands
        recover(shop.store, shop.clock.at, ["dead:1"])
        for _ in range(3):
            shop.send()
            shop.clock.at += HOUR
        assert shop.caught() == ["anna@example.com"] * 2
        assert shop.states(shop.shop) == ["queued"] * 2
        sink.script.clear()
        shop.send()
        assert len(sink.accepted) == 2


def test_no_staging_list_and_no_named_domain_brings_a_test_to_the_relay(store: Store, tmp_path: Path) -> None:
    named = {"domains": {"example.com.test.invalid": "google"}}
    with Sink() as sink, both(store, tmp_path, sink, pace=named, only_to=["nobody@optyk.example"]) as shop:
        shop.pass_minutes()
        shop.order("test", "Anna")
        shop.pass_minutes()
        shop.send()
        assert (sink.connections, shop.caught()) == (0, ["anna@example.com"] * 2)


def test_even_a_message_in_the_wrong_queue_is_not_handed_over(shop: Both, sink: Sink) -> None:
    shop.order("test", "Anna")
    shop.order("live", "Borys")
    shop.pass_minutes()
    swapped = {"test": "others", "others": "test"}  # as no code of ours does
    for row in Message.select():
        Message.update(domain_group=swapped[row.domain_group]).where(Message.id == row.id).execute()
    shop.send()
    assert sink.accepted == []
    assert shop.caught() == ["anna@example.com"] * 2, (
        "claimed for the relay, found out, and put back where it belongs"
    )
    assert [(row.state, row.reason) for row in Message.select().where(Message.shop == shop.shop)] == [
        ("refused", "test_mode")
    ] * 2


def test_the_pool_and_the_mailroom_each_refuse_what_is_the_others(store: Store, sink: Sink) -> None:
    from tests.testing.shop import Moving, _config

    letters = [Letter(1, "sklep@optyk.example", f"anna@example.com{NOWHERE}", b"Subject: a\r\n\r\nb\r\n"),
               Letter(2, "sklep@optyk.example", "borys@example.com", b"Subject: a\r\n\r\nb\r\n")]  # fmt: skip
    pool = Pool(_config(sink.port).relay)
    by_relay = {key: answer.outcome for key, answer in pool.carry(letters).items()}
    pool.close()
    by_mailroom = {key: a.outcome for key, a in mailroom.Mailroom(store, Moving()).carry(letters).items()}
    assert (by_relay, by_mailroom) == ({1: "refused", 2: "sent"}, {1: "sent", 2: "refused"})
    assert [line for line in sink.heard if "invalid" in line] == []


def test_nobody_can_order_under_an_address_of_test_mode(shop: Both) -> None:
    body = {
        "id": "1",
        "placed_at": "2026-05-01T10:00:00Z",
        "total": "1",
        "customer": {"email": f"a@b.pl{NOWHERE}"},
    }
    for which in ("live", "test"):
        answer = shop.post(which, "orders", body)
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/customer/email")


def test_a_test_shop_has_no_connections_of_its_shop_and_no_config_can_name_it(shop: Both) -> None:
    twin = shop.config.shop("optyk.test")
    assert (twin.name, twin.sender.address, twin.webhooks.woocommerce) == (
        "Optyk (test)",
        "sklep@optyk.example",
        None,
    )
    with pytest.raises(ConfigError):
        shop.config.shop("drogeria.test")
    long = shop.config.shops[0].model_copy(update={"shop": "o" * 60})
    with pytest.raises(ConfigError, match="too long"):
        make_test_shop(shop.store, shop.config.model_copy(update={"shops": (long,)}), "o" * 60, shop.clock.at)
    assert {row.rule for row in RuleState.select().where(RuleState.shop == shop.test_shop, RuleState.active == True)} == {  # noqa: E712
        "thank-you", "offer",
    }  # fmt: skip


def test_the_first_order_of_a_shop_that_was_just_made_has_its_mail(
    store: Store, tmp_path: Path, sink: Sink
) -> None:
    with both(store, tmp_path, sink) as shop:  # no tick has seen the test shop yet
        shop.order("test", "Anna")
        shop.pass_minutes()
        shop.send()
        assert (shop.caught(), sink.accepted) == (["anna@example.com"] * 2, [])


def test_an_emptied_test_shop_is_as_new_and_the_shop_is_as_it_was(shop: Both, sink: Sink) -> None:
    for which in ("live", "test"):
        shop.order(which, "Anna")
        shop.order(which, "Borys", id=None)
        shop.post(
            which, "events", {"kind": "viewed", "customer": {"email": "later@example.com"}, "product": "A"}
        )
        shop.post(which, "refunds", {"id": "r1", "order": "not known yet"})
    shop.pass_minutes()
    shop.send()
    before = _rows(shop.shop.id)
    found = empty_test_shop(shop.store, shop.test_shop)
    assert (found["customer"], found["message"], found["caught"]) == (2, 4, 4)
    stays = {table._meta.table_name for table in STAYS}
    assert {name for name, rows in _rows(shop.test_shop.id).items() if rows} <= stays
    assert _rows(shop.shop.id) == before
    assert Address.select().where(Address.email.endswith(NOWHERE)).count() == 0
    with pytest.raises(ValueError, match="no test shop"):
        empty_test_shop(shop.store, shop.shop)
    shop.order("test", "Anna")
    shop.pass_minutes()
    shop.send()
    assert shop.caught() == ["anna@example.com"] * 2


def _rows(shop_id: int) -> dict[str, int]:
    tables = [table for table in models.TABLES if "shop" in table._meta.fields]
    return {t._meta.table_name: t.select(fn.COUNT(1)).where(t.shop == shop_id).scalar() for t in tables}


def test_what_waits_for_days_in_test_mode_expires_as_everywhere(shop: Both) -> None:
    shop.order("test", "Anna")
    shop.pass_minutes()
    shop.clock.at += 30 * DAY
    shop.send()
    assert shop.caught() == []
