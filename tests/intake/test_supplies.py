"""Supplies: when what was bought runs out, whatever becomes known first, and however it moves afterwards."""

from __future__ import annotations

import pytest

from engine.intake import sync_shops
from engine.store import Store
from models import SUPPLIES_TO_DATE, Change, Line, Product, Setting
from tests.intake.optica import CONFIG, Optica, at, line, lines_of, order, the_customer

GUEST = {"email": "anna@example.com"}
LASTS = {"id": "ACU-30", "lasts_days": 30}
IN_WARSAW = at("2026-04-30T08:00:00")  # 60 days after 1 March, 10:00 in winter: 10:00 in summer


@pytest.fixture
def optica(store: Store) -> Optica:
    return Optica(store)


def ends(number: str = "1001", product: str = "ACU-30") -> int | None:
    """Returns when a line runs out."""
    found: int | None = lines_of(number)[product].runs_out_at
    return found


@pytest.mark.parametrize("product_first", [True, False])
def test_a_line_runs_out_whether_its_product_or_its_order_is_known_first(
    optica: Optica, product_first: bool
) -> None:
    steps = [lambda: optica.products(LASTS), lambda: optica.orders(order())]
    for step in steps if product_first else reversed(steps):
        step()
    assert ends() == IN_WARSAW


def test_the_days_of_a_customer_are_those_of_their_zone_wherever_that_comes_from(optica: Optica) -> None:
    optica.products(LASTS)
    optica.orders(order("1", customer=GUEST | {"country": "US", "timezone": "America/New_York"}))
    optica.orders(order("2"))
    assert (ends("1"), ends("2")) == (at("2026-04-30T08:00:00"), at("2026-04-30T08:00:00"))


def test_a_customer_who_moves_has_other_days_and_ticks_hear_of_it(optica: Optica) -> None:
    optica.products(LASTS)
    optica.orders(order())
    Change.delete().execute()
    optica.now += 1
    optica.customers({"id": "anna", "timezone": "Asia/Tokyo"})
    assert ends() == at("2026-04-30T09:00:00")  # Tokyo keeps no summer time
    assert (the_customer().id, 0) in {(change.customer_id, change.at) for change in Change.select()}


def test_a_zone_that_config_names_anew_moves_what_runs_out(optica: Optica) -> None:
    optica.products(LASTS)
    optica.orders(order(customer={"id": "anna", "country": "UA"}))
    Change.delete().execute()
    sync_shops(optica.store, CONFIG.model_copy(update={"zones": {"UA": "Asia/Tokyo"}}), optica.now)
    assert the_customer().zone == "Asia/Tokyo"
    assert ends() == at("2026-04-30T09:00:00")
    assert {change.customer_id for change in Change.select()} == {the_customer().id}


def test_what_a_guest_bought_runs_out_in_the_zone_of_whom_the_guest_turns_out_to_be(optica: Optica) -> None:
    optica.products(LASTS)
    optica.orders(order("1", customer=GUEST))
    optica.customers({"id": "anna", "email": "old@example.com", "timezone": "Asia/Tokyo"})
    optica.now += 1
    optica.customers({"id": "anna", "email": "anna@example.com"})
    assert ends("1") == at("2026-04-30T09:00:00")


def test_what_comes_back_in_part_leaves_less_and_what_comes_back_whole_keeps_its_date_for_the_past(
    optica: Optica,
) -> None:
    optica.products(LASTS)
    optica.orders(order())
    optica.refunds({"id": "r1", "order": "1001", "lines": [{"product": "ACU-30", "quantity": 1}]})
    assert ends() == at("2026-03-31T08:00:00")
    optica.refunds({"id": "r2", "order": "1001"})
    assert (ends(), lines_of()["ACU-30"].void_at is not None) == (IN_WARSAW, True)


def test_another_word_on_how_long_it_lasts_moves_every_line_of_the_product_and_no_other(
    optica: Optica,
) -> None:
    optica.products(LASTS, {"id": "CASE", "lasts_days": 10})
    optica.orders(order("1", lines=[line(), line("CASE")]), order("2"), order("3", lines=[line("DROPS")]))
    since = lines_of("1")["ACU-30"].runs_out_recorded_at
    Change.delete().execute()
    optica.now += 1
    optica.products({"id": "ACU-30", "lasts_days": 15})
    assert {ends("1"), ends("2")} == {at("2026-03-31T08:00:00")}
    assert (ends("1", "CASE"), ends("3", "DROPS")) == (at("2026-03-21T09:00:00"), None)
    assert lines_of("1")["ACU-30"].runs_out_recorded_at == since  # the anchor has been known since then
    assert [(change.customer_id, change.at) for change in Change.select()] == [(the_customer().id, 0)]


def test_a_product_that_no_longer_runs_out_takes_its_dates_back(optica: Optica) -> None:
    optica.products(LASTS)
    optica.orders(order())
    optica.now += 1
    optica.products({"id": "ACU-30", "lasts_days": None})
    assert (ends(), lines_of()["ACU-30"].runs_out_recorded_at) == (None, None)


def test_the_same_product_again_writes_no_line(optica: Optica) -> None:
    optica.products(LASTS)
    optica.orders(order())
    Change.delete().execute()
    optica.now += 1
    optica.products(LASTS | {"name": "Acuvue Oasys"})
    assert Change.select().count() == 0


def test_what_lasts_longer_than_a_lifetime_never_runs_out(optica: Optica) -> None:
    optica.products({"id": "ACU-30", "lasts_days": 36_500})
    optica.orders(order("1"), order("2", lines=[line(quantity=1)]))
    assert ends("1") is None
    assert ends("2") is not None


def test_a_date_is_known_from_when_both_the_purchase_and_the_product_are(optica: Optica) -> None:
    optica.products(LASTS)
    optica.orders(order("1"))
    optica.now += 1
    optica.orders(order("2", lines=[line("CASE")]))
    optica.now += 1
    optica.products({"id": "CASE", "lasts_days": 30})
    known = [lines_of("1")["ACU-30"].runs_out_recorded_at, lines_of("2")["CASE"].runs_out_recorded_at]
    assert known == [optica.now - 2, optica.now]


def test_of_history_a_date_is_known_since_the_purchase_and_nobody_is_told(optica: Optica) -> None:
    optica.orders(order(), history=True)
    optica.products(LASTS, history=True)
    assert lines_of()["ACU-30"].runs_out_recorded_at == lines_of()["ACU-30"].at
    assert Change.select().count() == 0


def test_purchases_from_before_this_server_knew_are_dated_when_it_starts_and_once(optica: Optica) -> None:
    optica.orders(order())
    Product.update(lasts_days=30).execute()
    Setting.create(name=SUPPLIES_TO_DATE, value=True)
    Change.delete().execute()
    sync_shops(optica.store, CONFIG, optica.now)
    assert ends() == IN_WARSAW
    assert (Change.select().count(), Setting.select().where(Setting.name == SUPPLIES_TO_DATE).count()) == (
        0,
        0,
    )
    Line.update(runs_out_at=1).execute()
    sync_shops(optica.store, CONFIG, optica.now)
    assert ends() == 1
