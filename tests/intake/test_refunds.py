"""Refunds: in part, in whole, before their order, corrected."""

from __future__ import annotations

import pytest

from engine.store import Store
from models import Change, Refund, RefundLine
from tests.intake.optica import Optica, at, line, lines_of, order, the_customer, the_order, the_refund

MARCH_5, MARCH_6 = "2026-03-05T10:00:00Z", "2026-03-06T10:00:00Z"


@pytest.fixture
def optica(store: Store) -> Optica:
    optica = Optica(store)
    optica.orders(
        order(
            lines=[line(quantity=2, price="50.00"), line("CASE", quantity=1, price="20.00")], total="125.00"
        )
    )
    Change.delete().execute()
    return optica


def test_a_part_that_comes_back_is_counted_and_priced_but_voids_nothing(optica: Optica) -> None:
    optica.refunds(
        {"id": "r1", "order": "1001", "at": MARCH_5, "lines": [{"product": "ACU-30", "quantity": 1}]}
    )
    assert (lines_of()["ACU-30"].refunded_quantity, lines_of()["ACU-30"].void_at, the_order().void_at) == (
        1,
        None,
        None,
    )
    assert (the_refund("r1").amount_minor, the_refund("r1").customer_id) == (5000, the_customer().id)


def test_a_product_that_came_back_whole_is_void_and_the_order_is_not(optica: Optica) -> None:
    for number, day in (("r1", MARCH_5), ("r2", MARCH_6)):
        optica.refunds({"id": number, "order": "1001", "at": day, "lines": [{"product": "ACU-30"}]})
    assert (lines_of()["ACU-30"].void_at, lines_of()["CASE"].void_at, the_order().void_at) == (
        at("2026-03-06T10:00:00"),
        None,
        None,
    )


def test_an_order_of_which_every_product_came_back_is_void_since_the_last(optica: Optica) -> None:
    optica.refunds(
        {"id": "r2", "order": "1001", "at": MARCH_6, "lines": [{"product": "ACU-30", "quantity": 2}]}
    )
    optica.refunds({"id": "r1", "order": "1001", "at": MARCH_5, "lines": [{"product": "CASE"}]})
    assert the_order().void_at == at("2026-03-06T10:00:00")
    assert lines_of()["CASE"].void_at == at("2026-03-05T10:00:00")


def test_a_refund_without_amount_and_lines_is_of_what_is_left_of_the_whole_order(optica: Optica) -> None:
    optica.refunds(
        {"id": "r1", "order": "1001", "at": MARCH_5, "amount": "25.00"},
        {"id": "r2", "order": "1001", "at": MARCH_6},
    )
    assert (the_refund("r2").amount_minor, the_order().void_at) == (10000, at("2026-03-06T10:00:00"))
    assert {row.refunded_quantity for row in lines_of().values()} == {1, 2}


def test_paying_back_the_total_voids_the_order(optica: Optica) -> None:
    optica.refunds({"id": "r1", "order": "1001", "at": MARCH_5, "amount": "124.99"})
    assert the_order().void_at is None
    optica.refunds({"id": "r2", "order": "1001", "at": MARCH_6, "amount": "0.01"})
    assert the_order().void_at == at("2026-03-06T10:00:00")


def test_a_refund_waits_for_its_order_and_settles_it_when_it_comes(optica: Optica) -> None:
    assert (
        optica.refunds(
            {"id": "r9", "order": "2000", "at": MARCH_5, "lines": [{"product": "ACU-30", "quantity": 2}]}
        ).accepted
        == 1
    )
    assert (the_refund("r9").order_id, the_refund("r9").amount_minor) == (None, None)
    optica.orders(order("2000"))
    assert (the_refund("r9").order_id, the_refund("r9").amount_minor) == (the_order("2000").id, 12990)
    assert lines_of("2000")["ACU-30"].void_at == the_order("2000").void_at == at("2026-03-05T10:00:00")
    assert RefundLine.get(RefundLine.refund == the_refund("r9")).line_id == lines_of("2000")["ACU-30"].id


def test_the_same_refund_again_changes_nothing_and_a_corrected_one_settles_anew(optica: Optica) -> None:
    whole = {"id": "r1", "order": "1001", "at": MARCH_5}
    optica.refunds(whole)
    Change.delete().execute()
    assert optica.refunds(whole).unchanged == 1
    assert Change.select().count() == 0
    optica.refunds(whole | {"amount": "10.00"})
    assert (the_order().void_at, the_refund("r1").amount_minor, Refund.select().count()) == (None, 1000, 1)
    assert {(c.customer_id, c.at) for c in Change.select()} >= {(the_customer().id, 0)}


def test_a_refund_outlives_a_line_that_goes_and_comes_back(optica: Optica) -> None:
    optica.refunds({"id": "r1", "order": "1001", "at": MARCH_5, "lines": [{"product": "CASE"}]})
    optica.orders(order(updated_at="2026-03-07T10:00:00Z", lines=[line()]))
    optica.orders(order(updated_at="2026-03-08T10:00:00Z", lines=[line(), line("CASE", quantity=1)]))
    assert lines_of()["CASE"].void_at == at("2026-03-05T10:00:00")
