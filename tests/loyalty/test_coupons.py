"""Coupons: one for each mail, from our letters or a pool, and how they stand."""

from __future__ import annotations

import threading
from datetime import date

import pytest

from engine.clock import DAY
from engine.loyalty.coupons import Wanted, issue, last_day
from engine.loyalty.pools import add_codes, pools
from engine.loyalty.standing import coupon_of_code, issued_after, standings
from models import Coupon, Message, Order, PoolCode
from tests.outbox.shop import NOON, Optician

KEY = b"the key of a home"
VALID = date(2026, 3, 15)


def wanted(optician: Optician, *names: str, pool: str | None = None) -> list[Wanted]:
    """One mail for each customer, promising ten per cent."""
    keys = optician.queue_for(*names)
    rows = [Message.get_by_id(key) for key in keys]
    return [
        Wanted(row.id, row.token, row.shop_id, row.customer_id, row.rule, 10, VALID, "Europe/Warsaw", pool)
        for row in rows
    ]


def statuses(optician: Optician, now: int = NOON) -> list[str]:
    return [each.status for each in standings(optician.shop.id, issued_after(optician.shop.id, 0, 100), now)]


def ordered_with(optician: Optician, coupon: str, key: str = "2001") -> Order:
    order = optician.order(optician.customer(f"Buyer{key}"), key)
    Order.update(coupon=coupon).where(Order.id == order.id).execute()
    return order


def test_each_mail_gets_one_code_and_keeps_it(optician: Optician) -> None:
    asked = wanted(optician, "Anna", "Borys")
    first = issue(optician.store, asked, KEY, NOON)
    again = issue(optician.store, asked, KEY, NOON + DAY)
    assert {key: row.code for key, row in first.items()} == {key: row.code for key, row in again.items()}
    assert len({row.code for row in first.values()}) == 2
    assert {row.issued_at for row in again.values()} == {NOON}


def test_a_code_that_is_taken_gives_way_to_another(optician: Optician) -> None:
    (anna,) = wanted(optician, "Anna")
    taken = issue(optician.store, [anna], KEY, NOON)[anna.message]
    Coupon.update(message=None).where(Coupon.id == taken.id).execute()
    assert issue(optician.store, [anna], KEY, NOON)[anna.message].code != taken.code


def test_no_code_is_made_without_a_key(optician: Optician) -> None:
    with pytest.raises(ValueError, match="key"):
        issue(optician.store, wanted(optician, "Anna"), b"", NOON)


def test_a_coupon_is_good_until_the_customers_midnight(optician: Optician) -> None:
    issue(optician.store, wanted(optician, "Anna"), KEY, NOON)
    midnight = Coupon.get().expires_at
    assert (midnight - NOON) / DAY == 14.5  # noon in Warsaw to the end of the fifteenth
    assert statuses(optician, midnight - 1) == ["active"]
    assert statuses(optician, midnight) == ["expired"]


def test_fourteen_days_are_counted_on_the_customers_calendar() -> None:
    assert last_day(NOON, 14, "days", "Europe/Warsaw") == VALID
    assert last_day(NOON, 14, "hours", "Pacific/Auckland") == date(2026, 3, 2)


def test_an_order_with_the_code_uses_it_however_it_is_spelt(optician: Optician) -> None:
    issue(optician.store, wanted(optician, "Anna", "Borys"), KEY, NOON)
    ordered_with(optician, Coupon.get().code.lower())
    first = standings(optician.shop.id, issued_after(optician.shop.id, 0, 1), NOON)[0]
    assert (first.status, first.redeemed.order, first.customer) == ("redeemed", "2001", "anna")  # type: ignore[union-attr]
    assert statuses(optician) == ["redeemed", "active"]


def test_a_cancelled_order_frees_its_coupon(optician: Optician) -> None:
    issue(optician.store, wanted(optician, "Anna"), KEY, NOON)
    order = ordered_with(optician, Coupon.get().code)
    Order.update(void_at=NOON, void_recorded_at=NOON).where(Order.id == order.id).execute()
    assert statuses(optician) == ["active"]


def test_the_first_of_two_orders_has_used_the_coupon(optician: Optician) -> None:
    issue(optician.store, wanted(optician, "Anna"), KEY, NOON)
    code = Coupon.get().code
    late, early = ordered_with(optician, code, "2002"), ordered_with(optician, code, "2001")
    Order.update(at=NOON + DAY).where(Order.id == late.id).execute()
    (shown,) = standings(optician.shop.id, [coupon_of_code(optician.shop.id, f" {code.lower()}")], NOON)
    assert shown.redeemed is not None
    assert shown.redeemed.order == early.external_id


@pytest.mark.parametrize(("state", "status"), [
    ("queued", "active"), ("sent", "active"), ("unknown", "active"), ("cancelled", "revoked"), ("expired", "revoked"),
    ("refused", "revoked"),
])  # fmt: skip
def test_a_mail_that_nobody_got_takes_its_coupon_back(optician: Optician, state: str, status: str) -> None:
    issue(optician.store, wanted(optician, "Anna"), KEY, NOON)
    Message.update(state=state).execute()
    assert statuses(optician) == [status]


def test_a_pool_gives_each_code_once_and_says_when_it_is_empty(optician: Optician) -> None:
    shop = optician.shop.id
    assert (
        add_codes(optician.store, shop, "spring", ["A-1", "A-2", " A-1 ", "a-2", "żółw", ""], NOON).added == 2
    )
    issued = issue(optician.store, wanted(optician, "Anna", "Borys", "Celina", pool="spring"), KEY, NOON)
    assert sorted(row.code for row in issued.values()) == ["A-1", "a-2"]
    assert PoolCode.select().count() == 0
    (pool,) = pools(shop)
    assert (pool.name, pool.left, pool.issued, pool.empty_since_at) == ("spring", 0, 2, NOON)
    assert add_codes(optician.store, shop, "spring", ["A-3", "A-2"], NOON).known == 1
    assert pools(shop)[0].empty_since_at is None


def test_codes_that_no_customer_could_type_are_told(optician: Optician) -> None:
    found = add_codes(
        optician.store, optician.shop.id, "spring", ["ok", "two words", "GOOD-1", "x" * 65], NOON
    )
    assert (found.added, found.wrong) == (1, ("ok", "two words", "x" * 65))


def test_two_senders_at_once_never_give_one_code_to_two_mails(optician: Optician) -> None:
    add_codes(optician.store, optician.shop.id, "spring", [f"CODE-{n}" for n in range(30)], NOON)
    asked = wanted(optician, *(f"Anna{n}" for n in range(40)), pool="spring")
    found: list[str] = []

    def send(mine: list[Wanted]) -> None:
        with optician.store.use():
            for start in range(0, len(mine), 5):
                found.extend(
                    row.code for row in issue(optician.store, mine[start : start + 5], KEY, NOON).values()
                )

    threads = [threading.Thread(target=send, args=(asked[half::2],)) for half in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(set(found)) == 30
    assert Coupon.select().count() == 30
