"""Orders: repeated, updated, cancelled, reinstated, summed and converted."""

from __future__ import annotations

import pytest

from engine.store import Store
from models import Change, Order, OrderVersion, Product
from tests.intake.optica import Optica, at, line, lines_of, order, the_customer, the_order


@pytest.fixture
def optica(store: Store) -> Optica:
    return Optica(store)


def test_an_order_becomes_a_customer_an_order_its_lines_and_the_products_it_names(optica: Optica) -> None:
    done = optica.orders(order())
    assert (done.accepted, done.unchanged) == (1, 0)
    row, lens = the_order(), lines_of()["ACU-30"]
    assert (row.at, row.total_minor, row.recorded_at) == (at("2026-03-01T09:00:00"), 12990, optica.now)
    assert (lens.category, lens.quantity, lens.price_minor) == ("optics/contact-lenses", 2, 6495)
    assert (row.customer_id, lens.customer_id) == (the_customer().id, the_customer().id)
    assert Product.get().name == "Acuvue Oasys 30"


def test_the_same_order_again_writes_nothing_and_wakes_nobody(optica: Optica) -> None:
    optica.orders(order())
    Change.delete().execute()
    optica.now += 1
    assert optica.orders(order(), order()).unchanged == 2
    assert (OrderVersion.select().count(), Change.select().count(), the_order().recorded_at) == (
        1,
        0,
        optica.now - 1,
    )


def test_an_older_version_that_comes_late_changes_nothing_but_is_kept(optica: Optica) -> None:
    optica.orders(order(updated_at="2026-03-02T10:00:00Z", total="100.00", status="shipped"))
    assert optica.orders(order(updated_at="2026-03-01T10:00:00Z", total="129.90")).accepted == 1
    assert (the_order().total_minor, the_order().status, OrderVersion.select().count()) == (
        10000,
        "shipped",
        2,
    )


def test_of_two_versions_of_one_moment_the_later_status_wins_whichever_comes_last(optica: Optica) -> None:
    optica.orders(order(status="delivered"), order(status="pending"))
    assert the_order().status == "delivered"


def test_a_version_without_its_own_moment_is_as_new_as_its_arrival(optica: Optica) -> None:
    bare = {key: value for key, value in order().items() if key != "updated_at"}
    optica.orders(bare)
    optica.now += 1
    optica.orders(bare | {"status": "cancelled"})
    optica.now += 1
    assert optica.orders(bare).accepted == 1  # it came back to the older text: that is news
    assert (the_order().status, the_order().cancelled_at, the_order().void_at) == ("paid", None, None)


def test_a_cancelled_order_is_void_from_its_cancellation_and_whole_again_when_reinstated(
    optica: Optica,
) -> None:
    optica.orders(order(), order(status="cancelled", updated_at="2026-03-03T10:00:00Z"))
    assert (the_order().cancelled_at, lines_of()["ACU-30"].void_at) == (at("2026-03-03T10:00:00"),) * 2
    optica.orders(order(status="paid", updated_at="2026-03-04T10:00:00Z"))
    assert (the_order().cancelled_at, the_order().void_at, lines_of()["ACU-30"].void_at) == (None, None, None)


def test_a_cancellation_begins_with_the_first_version_of_the_newest_run(optica: Optica) -> None:
    said = [("cancelled", "03"), ("paid", "04"), ("failed", "05"), ("cancelled", "06")]
    optica.orders(order(), *(order(status=s, updated_at=f"2026-03-{d}T10:00:00Z") for s, d in said))
    assert the_order().cancelled_at == at("2026-03-05T10:00:00")


def test_a_shop_may_say_itself_when_it_cancelled_and_delivered(optica: Optica) -> None:
    optica.orders(
        order(status="delivered", updated_at="2026-03-05T10:00:00Z", delivered_at="2026-03-04T08:00:00Z"),
        order(status="cancelled", updated_at="2026-03-09T10:00:00Z", cancelled_at="2026-03-08T08:00:00Z"),
    )
    assert the_order().delivered_at == at("2026-03-04T08:00:00")
    assert the_order().cancelled_at == at("2026-03-08T08:00:00")


def test_a_delivery_that_no_one_dated_is_the_first_version_that_says_delivered(optica: Optica) -> None:
    optica.orders(order(status="delivered", updated_at="2026-03-07T10:00:00Z"), order())
    optica.orders(order(status="delivered", updated_at="2026-03-06T10:00:00Z"))
    assert the_order().delivered_at == at("2026-03-06T10:00:00")


def test_lines_of_one_product_are_one_line_with_the_mean_price(optica: Optica) -> None:
    optica.orders(order(lines=[line(quantity=2, price="10.00"), line(quantity=1, price="7.00")], total=None))
    assert (lines_of()["ACU-30"].quantity, lines_of()["ACU-30"].price_minor) == (3, 900)
    assert the_order().total_minor == 2700


def test_a_product_dropped_by_a_newer_version_leaves_the_order(optica: Optica) -> None:
    optica.orders(
        order(lines=[line(), line("CASE")]), order(updated_at="2026-03-02T10:00:00Z", lines=[line()])
    )
    assert set(lines_of()) == {"ACU-30"}


def test_money_is_converted_once_and_rounded_half_up(optica: Optica) -> None:
    optica.orders(order(currency="EUR", total="10.01", lines=[line(price=1.005)]))
    assert (the_order().total_minor, the_order().reported_minor) == (4304, 1001)  # 43.043
    assert lines_of()["ACU-30"].price_minor == 432  # 4.3215
    optica.orders(order("1002", currency="JPY", total=1500, lines=[]))
    assert (the_order("1002").reported_minor, the_order("1002").total_minor) == (1500, 3900)


def test_a_line_keeps_what_it_says_and_its_product_fills_the_rest_whichever_comes_first(
    optica: Optica,
) -> None:
    bare = {"product": "ACU-30", "quantity": 1, "price": "60.00"}
    optica.orders(order(lines=[bare | {"brand": "Akuvju"}]))
    optica.products(
        {"id": "ACU-30", "category": "optics/contact-lenses", "brand": "Acuvue", "name": "Acuvue"}
    )
    assert (lines_of()["ACU-30"].category, lines_of()["ACU-30"].brand) == ("optics/contact-lenses", "Akuvju")
    optica.orders(order("1002", lines=[bare]))
    assert (lines_of("1002")["ACU-30"].category, lines_of("1002")["ACU-30"].brand) == (
        "optics/contact-lenses",
        "Acuvue",
    )


def test_an_order_line_never_overwrites_what_the_shop_says_of_its_product(optica: Optica) -> None:
    optica.products({"id": "ACU-30", "name": "Acuvue", "category": "optics"})
    optica.orders(order())
    assert (Product.get().name, Product.get().category, Product.get().brand) == ("Acuvue", "optics", "Acuvue")


def test_live_orders_queue_their_moment_and_cancellations_queue_everything(optica: Optica) -> None:
    optica.orders(order())
    anna = the_customer().id
    assert {(c.customer_id, c.at) for c in Change.select()} == {(anna, at("2026-03-01T09:00:00"))}
    Change.delete().execute()
    optica.orders(order(status="delivered", updated_at="2026-03-05T10:00:00Z"))
    assert at("2026-03-05T10:00:00") in {c.at for c in Change.select()}
    Change.delete().execute()
    optica.orders(order(status="cancelled", updated_at="2026-03-06T10:00:00Z"))
    assert (anna, 0) in {(c.customer_id, c.at) for c in Change.select()}


def test_history_counts_as_learned_when_it_happened_and_wakes_nobody(optica: Optica) -> None:
    optica.orders(order(), order(status="delivered", updated_at="2026-03-05T10:00:00Z"), history=True)
    row = the_order()
    assert (row.recorded_at, lines_of()["ACU-30"].recorded_at) == (row.at, row.at)
    assert row.delivered_recorded_at == row.delivered_at == at("2026-03-05T10:00:00")
    assert (Change.select().count(), the_customer().recorded_at) == (0, row.at)


def test_an_order_that_moves_to_another_customer_takes_its_lines_along(optica: Optica) -> None:
    optica.orders(order(), order(updated_at="2026-03-02T10:00:00Z", customer={"id": "celina"}))
    assert the_order().customer_id == lines_of()["ACU-30"].customer_id == the_customer("celina").id


def test_a_thousand_orders_arrive_as_well_as_one(optica: Optica) -> None:
    many = [
        order(str(i), customer={"id": f"c{i % 400}", "email": f"c{i % 400}@example.com"}) for i in range(1000)
    ]
    assert optica.orders(*many).accepted == 1000
    assert optica.orders(*many).unchanged == 1000
    assert (Order.select().count(), Product.select().count()) == (1000, 1)
