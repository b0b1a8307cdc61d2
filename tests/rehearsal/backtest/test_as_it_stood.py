"""A backtest asks each moment what was so then: consents, fields, stopped addresses, and the mails sent before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.clock import instant
from engine.config import load_config
from engine.consent.suppression import lift, suppress
from engine.intake.customers import accept_customers
from engine.store import Store, open_store
from models import Address, Customer, Message, Settlement, Shop
from tests.cli.desk import REFILL, Desk

AUTUMN = ("backtest", "--from", "2025-10-01", "--to", "2025-12-31")


def at(text: str) -> int:
    return instant(datetime.fromisoformat(text).replace(tzinfo=UTC))


@contextmanager
def home_of(database_url: str) -> Iterator[Store]:
    store = open_store(database_url)
    try:
        with store.use():
            yield store
    finally:
        store.close()


def rules_of(desk: Desk, *words: str) -> dict[str, Any]:
    """Each rule's outcome by its id."""
    return {rule["rule"]: rule for rule in desk.json(*(words or AUTUMN))["shops"][0]["rules"]}


def days(desk: Desk, *words: str) -> list[str]:
    return list(rules_of(desk, *words)["refill"]["by_day"])


def test_consent_is_asked_of_the_ledger_as_of_the_mail(desk: Desk) -> None:
    word = {"resource": "consents", "customer": {"id": "anna"}, "purpose": "marketing", "granted": False,
            "at": "2025-11-01", "source": "page"}  # fmt: skip
    (desk.folder / "word.ndjson").write_text(json.dumps(word), "utf-8")
    desk.done("import", str(desk.folder / "word.ndjson"))
    found = rules_of(desk)["refill"]
    assert list(found["by_day"]) == ["2025-10-25", "2025-10-30", "2025-11-21", "2025-12-14"]
    assert found["refused"] == {"no_consent": 1}


def test_fields_are_asked_as_they_were_and_zones_move_with_them(desk: Desk, database_url: str) -> None:
    config = load_config(desk.folder / "config.yaml")
    moves = (
        ("2025-10-20T00:00", "Lublin", "Europe/Warsaw"),
        ("2025-11-10T00:00", "Wien", "America/New_York"),
    )
    with home_of(database_url) as store:
        shop = Shop.get()
        for when, city, zone in moves:
            body = {"id": "anna", "city": city, "timezone": zone, "updated_at": f"{when}Z"}
            accept_customers(store, config, shop, [body], at(when))
    desk.write(REFILL.replace("send:", "who: {city: Lublin}, send:"))
    assert days(desk) == ["2025-10-25"]
    desk.write(REFILL.replace("send:", "who: {city: Wien}, send:"))
    assert days(desk) == ["2025-11-15"]
    desk.write(REFILL.replace("send:", "who: {city: unknown}, at: '20:00', send:"))
    assert days(desk) == ["2025-10-30", "2025-11-21", "2025-12-14"]
    assert "customers' fields are asked as they stood" in desk.done(*AUTUMN)


def test_an_address_is_stopped_from_the_moment_on_at_which_it_was(desk: Desk, database_url: str) -> None:
    with home_of(database_url):
        Address.update(suppressed_at=at("2025-11-01T00:00"), suppressed_reason="bounce").execute()
    found = rules_of(desk)["refill"]
    assert list(found["by_day"]) == ["2025-10-25", "2025-10-30"]
    assert found["refused"] == {"suppressed": 3}


def test_an_address_that_was_let_go_again_got_mail_again(desk: Desk, database_url: str) -> None:
    with home_of(database_url) as store:
        for (address,) in list(Address.select(Address.id).tuples()):
            suppress(store, address, "hard_bounce", at("2025-10-27T00:00"))
            lift(store, address, "jolanta", "They wrote", at("2025-11-12T00:00"), "command")
    found = rules_of(desk)["refill"]
    assert list(found["by_day"]) == ["2025-10-25", "2025-11-15", "2025-11-21", "2025-12-14"]
    assert found["refused"] == {"suppressed": 1}


def a_mail(name: str, decided_at: int) -> None:
    """Writes down a mail of `refill` that was really sent."""
    customer = Customer.get(Customer.external_id == name)
    moments = dict.fromkeys(
        ("decided_at", "counted_at", "due_at", "expires_at", "not_before_at", "settled_at"), decided_at
    )
    mail = Message.create(
        shop=customer.shop_id, customer=customer, address=customer.address_id, rule="refill", purpose="marketing",
        template="plain", state="sent", message_id=str(decided_at), token=str(decided_at), **moments,
    )  # fmt: skip
    Settlement.create(shop=customer.shop_id, rule="refill", customer=customer, anchor=f"bought:{decided_at}", outcome="send",
                      at=decided_at, message=mail)  # fmt: skip


def test_mails_from_before_the_first_day_count_and_those_of_the_tested_days_do_not(
    desk: Desk, database_url: str
) -> None:
    desk.write(REFILL.replace("send:", "once: per 60 days, send:"))
    with home_of(database_url):
        a_mail("anna", at("2025-09-20T10:00"))
        a_mail("celina", at("2025-11-20T10:00"))
    found = rules_of(desk)["refill"]
    assert list(found["by_day"]) == ["2025-10-30", "2025-11-21"]  # Borys, and Celina whatever she really had
    assert found["refused"] == {"once": 3}
    assert "the 1 mails decided before the first day count against caps" in desk.done(*AUTUMN)


def test_a_series_goes_on_from_the_mails_that_it_would_have_sent(desk: Desk) -> None:
    desk.write(
        "- {rule: again, when: {was_sent: {rule: refill}, after: 3 days}, unless: {ordered: any}, send: plain}\n"
        "- {rule: echo, when: {was_sent: {rule: again}, after: 3 hours}, send: plain}\n",
        "again.yaml",
    )
    found = rules_of(desk)
    assert list(found["again"]["by_day"]) == ["2025-11-02", "2025-11-18", "2025-11-24", "2025-12-17"]
    assert found["echo"]["by_day"] == found["again"]["by_day"]


def test_whoever_enters_a_segment_in_the_tested_days_is_told(desk: Desk) -> None:
    desk.write("buyers-twice: {orders: '>= 2'}\n", "segments.yaml")
    desk.write("- {rule: vip, when: {enters: buyers-twice}, send: plain}\n", "vip.yaml")
    assert rules_of(desk)["vip"]["by_day"] == {"2025-10-26": 1, "2025-11-24": 1}
    assert rules_of(desk, "backtest", "--from", "2025-11-01", "--to", "2025-12-31")["vip"]["mails"] == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_tenth_is_drawn_as_a_holdout_would_be(desk: Desk) -> None:
    """With a holdout of all, nobody is mailed and everybody is in the group that is held out."""
    desk.write(REFILL.replace("send:", "holdout: 100, send:"))
    found = rules_of(desk)["refill"]
    assert (found["mails"], found["refused"]) == (0, {"holdout": 5})
    assert (found["goal"]["recipients"]["mails"], found["goal"]["random_tenth"]["mails"]) == (0, 5)
    assert found["goal"]["random_tenth"]["reached"] == 2
