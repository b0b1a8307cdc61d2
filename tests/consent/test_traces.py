"""Where Anna's traces stand: whatever an export shows an erasure removes, and the other way round."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from engine.consent.erasure import erase
from engine.consent.refused_bodies import names_somebody
from engine.consent.traces import sought_called, sought_of, traces
from engine.reports.everything import everything
from engine.store import Store
from models import (
    TABLES,
    Address,
    Cart,
    Caught,
    Change,
    Click,
    Customer,
    CustomerVersion,
    Feedback,
    GoalLook,
    Link,
    Member,
    Message,
    Notice,
    RefusedMessage,
    Source,
    Suppression,
    Visit,
    Visitor,
    VisitPage,
)  # fmt: skip
from tests.consent.test_erasure import ANNA, everything_written, mailed
from tests.intake.optica import Optica, order, the_customer

OLD, NEW = "old.anna@example.com", "new.anna@example.com"
HERS = ("Nowakowska", "Wieliczka", "+48600", "old.anna", "new.anna", "glaukoma", "anna-cart", "203.0.113.7")
QUIZ = {"kind": "event", "name": "quiz", "at": "2026-05-01T10:00:00Z", "properties": {"words": "glaukoma"}}


@pytest.fixture
def optica(store: Store) -> Optica:
    store.secret = b"the key of this home"
    optica = Optica(store)
    optica.orders(order("O-1", customer={"id": "borys", "email": "borys@example.com"}))
    mailed(optica, the_customer("borys"))
    return optica


def moved(optica: Optica) -> Customer:
    """Anna was mailed at her old mailbox, and has a new one."""
    optica.orders(order("O-77", customer={**ANNA, "email": OLD}))
    mailed(optica, the_customer("anna"))
    optica.customers({**ANNA, "email": NEW, "city": "Kraków"})
    return the_customer("anna")


def everywhere(optica: Optica) -> Customer:
    """Anna has left something in every table in which anything can stand of anybody, much of it under her old mailbox."""
    anna = moved(optica)
    message, shop = Message.get(Message.customer == anna.id), optica.row
    optica.refunds(
        {"id": "R-1", "order": "O-77", "at": "2026-05-31T10:00:00Z", "lines": [{"product": "ACU-30", "quantity": 1}]}
    )  # fmt: skip
    for number, mail in enumerate((OLD, NEW)):
        optica.events({**QUIZ, "id": f"e{number}", "customer": {"email": mail}})
        optica.consents(
            {"customer": {"email": mail}, "purpose": "newsletter", "granted": True, "at": "2026-05-01T10:00:00Z",
             "source": "form"}
        )  # fmt: skip
        Caught.create(to=mail, subject="Nowakowska", raw="Nowakowska", at=1)
        Cart.create(shop=shop, token=f"anna-cart-{number}", email=mail, at=1)
        Link.create(shop=shop, digest=f"l{number}", url=f"https://x.example/?to={quote(mail)}", used_at=1)
        Suppression.create(
            address=Address.get(Address.email == mail),
            at=1,
            act="paused",
            reason="soft_bounces",
            note="Nowakowska",
        )
    kept_as_it_came(optica)
    what_her_days_left(optica, anna, message)
    return anna


def kept_as_it_came(optica: Optica) -> None:
    source = Source.create(shop=optica.row, name="woocommerce")
    for number, body in enumerate(
        ({"billing": {"email": OLD}}, {"customer_id": "anna", "last_name": "Nowakowska"})
    ):
        RefusedMessage.create(
            source=source, at=number, topic="order.updated", body=json.dumps(body), error="odd"
        )


def what_her_days_left(optica: Optica, anna: Customer, message: Message) -> None:
    shop = optica.row
    visitor = Visitor.create(shop=shop, key="visitor:1", external_customer=f"email:{OLD}", at=1, last_at=1)
    moments = {"at": 1, "last_at": 1, "page_at": 1, "recorded_at": 1}
    visit = Visit.create(shop=shop, visitor=visitor, customer=anna, key="v", device="phone", **moments)
    VisitPage.create(visit=visit, page="/glaukoma")
    Member.create(shop=shop, segment="s", customer=anna)
    Change.create(shop=shop, customer=anna, at=1, recorded_at=1)
    GoalLook.create(shop=shop, customer=anna, recorded_at=1)
    Notice.create(
        shop=shop, endpoint="crm", customer=anna, number="n", kind="sent", at=1, recorded_at=1, next_at=1
    )
    Click.create(shop=shop, message=message, customer=anna, at=1)
    Feedback.create(
        shop=shop, customer=anna, address=message.address_id, message=message, kind="soft", source="dsn", at=1
    )  # fmt: skip


def contents() -> dict[tuple[str, int], tuple[Any, ...]]:
    """Returns every row of every table, by table and id."""
    return {
        (table._meta.table_name, row.id): tuple(row.__data__.values())
        for table in TABLES
        for row in table.select()
    }


def shown_of(customer: Customer) -> set[tuple[str, int]]:
    return {(table, row["id"]) for table, rows in everything(customer).items() for row in rows}


def test_whatever_an_export_shows_an_erasure_removes_and_the_other_way_round(optica: Optica) -> None:
    anna = everywhere(optica)
    shown, text = shown_of(anna), json.dumps(everything(anna), ensure_ascii=False)
    assert {table for table, _ in shown} == {table._meta.table_name for table in traces(sought_of(anna))}
    assert [word for word in HERS if word not in text and word != "203.0.113.7"] == []
    before = contents()
    erase(optica.store, anna, optica.now)
    after = contents()
    touched = {key for key, row in before.items() if after.get(key) != row}
    assert touched - shown == set(), "erased, and yet an export did not show it"
    assert {key for key in shown - touched if key[0] != "coupon"} == set(), "shown, and yet it was not erased"
    assert [word for word in HERS if word in everything_written()] == []


def test_a_former_mailbox_is_forgotten_too_and_gets_no_mail(optica: Optica) -> None:
    anna = moved(optica)
    erase(optica.store, anna, optica.now)
    assert "old.anna" not in everything_written()
    optica.orders(order("O-80", customer={"email": OLD}), order("O-81", customer={"email": NEW}))
    again = Customer.select().where(Customer.email.in_((OLD, NEW)))
    assert [row.address.suppressed_reason for row in again] == ["erased", "erased"]


def test_a_mailbox_that_no_mail_ever_went_to_is_known_as_hers(optica: Optica) -> None:
    optica.orders(order("O-77", customer={"id": "anna", "email": OLD}))
    optica.customers({"id": "anna", "email": "anna@example.com"}, {"id": "anna", "email": NEW})
    optica.orders(
        order("O-5", customer={"id": "anna", "email": "oldest.anna@example.com"},
              placed_at="2020-03-01T10:00:00Z", updated_at="2020-03-01T10:00:00Z"),
        history=True,
    )  # fmt: skip
    anna = the_customer("anna")
    hers = {OLD, NEW, "anna@example.com", "oldest.anna@example.com"}
    assert {row["email"] for row in everything(anna)["address"]} == hers
    assert anna.address.email == NEW
    versions = CustomerVersion.select().count()
    optica.orders(order("O-77", customer={"id": "anna", "email": OLD}))
    assert CustomerVersion.select().count() == versions, "told twice, it is kept once"
    erase(optica.store, anna, optica.now)
    assert Address.select().where(Address.email.in_(list(hers))).count() == 0


def test_whoever_is_new_and_has_two_mailboxes_in_one_list_loses_both(optica: Optica) -> None:
    optica.customers(
        {"id": "eva", "email": OLD, "updated_at": "2026-05-01T10:00:00Z"},
        {"id": "eva", "email": NEW, "updated_at": "2026-05-02T10:00:00Z"},
    )
    erase(optica.store, the_customer("eva"), optica.now)
    assert [name for name in ("old.anna", "new.anna") if name in everything_written()] == []


def test_a_former_mailbox_that_is_somebody_elses_now_stays_theirs_without_a_mail_of_hers(
    optica: Optica,
) -> None:
    anna = moved(optica)
    optica.orders(order("O-90", customer={"id": "celina", "email": OLD}))
    celina = mailed(optica, the_customer("celina"))
    Cart.create(shop=optica.row, token="celina's", email=OLD, at=1)
    Caught.create(to=OLD, subject="", raw=f"Message-ID: <{celina.message_id}>", at=1)
    hers = Message.get(Message.customer == anna.id)
    Caught.create(to=OLD, subject="", raw=f"Message-ID: <{hers.message_id}>", at=1)
    assert {row["token"] for row in everything(anna)["cart"]} == set()
    assert erase(optica.store, anna, optica.now).suppressed
    address = the_customer("celina").address
    assert (address.email, address.suppressed_at) == (OLD, None)
    assert [row.customer.external_id for row in Message.select().where(Message.address == address.id)] == [
        "celina"
    ]
    assert Message.get_by_id(hers.id).address.email.startswith("erased:")
    assert [row.raw for row in Caught.select().where(Caught.to == OLD)] == [
        f"Message-ID: <{celina.message_id}>"
    ]
    assert Cart.select().count() == 1
    optica.orders(order("O-91", customer={"id": "dora", "email": OLD}))
    assert the_customer("dora").address_id == address.id


def test_who_comes_again_and_is_erased_again_stays_on_the_list(optica: Optica) -> None:
    for number in ("O-1", "O-2", "O-3"):
        optica.orders(order(number, customer={**ANNA, "id": f"anna-{number}"}))
        again = the_customer(f"anna-{number}")
        assert number == "O-1" or again.address.suppressed_reason == "erased"
        assert erase(optica.store, again, optica.now).suppressed


def test_somebody_who_is_no_customer_has_traces_too(optica: Optica) -> None:
    Cart.create(shop=optica.row, token="t", email="eva@example.com", at=1)
    optica.events({**QUIZ, "id": "e", "customer": {"email": "eva@example.com"}})
    found = traces(sought_called(optica.row.id, None, ["eva@example.com"]))
    assert {t._meta.table_name: n for t, where in found.items() if (n := t.select().where(where).count())} == {
        "cart": 1, "event": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "hers"),
    [
        ({"id": 5, "customer_id": 7}, True),
        ({"id": 5, "customer": {"address": {"id": 1}, "id": "7"}}, True),
        ({"type": "event", "data": {"customer": "7"}}, True),
        ({"billing": {"email": "Anna@Example.com"}}, True),
        ({"note": "write to <anna@example.com>."}, True),
        ({"id": 7, "customer_id": 5, "lines": [{"id": 7, "quantity": "7"}]}, False),
        ({"email": "joanna@example.com", "other": "anna@example.com.ua"}, False),
    ],
)
def test_a_message_that_was_set_aside_is_hers_where_it_names_her_and_not_where_a_number_is_the_same(
    body: dict[str, Any], hers: bool
) -> None:
    assert names_somebody("order.updated", json.dumps(body), "7", ["anna@example.com"]) is hers


def test_a_message_about_a_customer_is_hers_by_its_own_id() -> None:
    assert names_somebody("customers/update", '{"id": 7}', "7", [])
    assert names_somebody("customer.updated", '{"data": {"id": 7}}', "7", [])
    assert not names_somebody("orders/updated", '{"id": 7}', "7", [])
    assert names_somebody("orders/updated", '{"customer": {"id": 7, "na', "7", []), "cut off"
