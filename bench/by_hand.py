"""The limit for matching: the twenty rules of bench/rules written by hand as SQL, each with the index that serves it best.

The moments are constants that somebody has worked out once: no rule is read, no calendar asked, no zone considered in which
ten o'clock is not now. Each statement answers (customer, anchor) for what falls due, and leaves out what is settled or held.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bench.shape import NOW, WARSAW

Row = tuple[Any, ...]


def midnight(days: int, years: int = 0) -> int:
    """Returns the microsecond at which the day so many days (or years) before NOW began in Warsaw."""
    day = datetime.fromtimestamp(NOW / 1e6, WARSAW).replace(hour=0, minute=0, tzinfo=None)
    day = day.replace(year=day.year - years) - timedelta(days=days)
    return int(day.replace(tzinfo=WARSAW).timestamp()) * 1_000_000


def clock(days: int, years: int = 0) -> int:
    """Returns ten o'clock so many days (or years) before NOW: where a window of days begins."""
    return midnight(days, years) + NOW - midnight(0)


def day(days: int, years: int = 0) -> str:
    """Bounds a column `at` of `a` to one local day."""
    return f"a.at >= {midnight(days, years)} and a.at < {midnight(days - 1, years)}"


ALIVE = f"(a.void_at is null or a.void_at > {NOW} or a.void_recorded_at > {NOW})"
LIVES = "join customer c on c.id = a.customer_id and c.zone = 'Europe/Warsaw' and c.erased_at is null"


def counts(other: str) -> str:
    """Says that an order or line counts, as of now."""
    return (
        f"{other}.at <= {NOW} and {other}.recorded_at <= {NOW} and "
        f"({other}.void_at is null or {other}.void_at > {NOW} or {other}.void_recorded_at > {NOW})"
    )


def orders(name: str = "o") -> str:
    """Begins a question about the customer's orders that count."""
    return f"from orders {name} where {name}.customer_id = c.id and {counts(name)}"


def fresh(rule: str, anchor: str) -> str:
    """Leaves out anchors that have their decision or wait for it."""
    key = f"rule = '{rule}' and customer_id = c.id and anchor = {anchor}"
    return (
        f"not exists (select 1 from settlement where {key}) and not exists (select 1 from hold where {key})"
    )


def bought(rule: str, days: int, what: str, more: str = "") -> str:
    """Asks for lines of one day."""
    anchor = "'bought:' || a.order_id || ':' || a.product"
    where = f"a.shop_id = 1 and {what} and {day(days)} and a.recorded_at <= {NOW} and {ALIVE} {more} and {fresh(rule, anchor)}"
    return f"select c.id, {anchor} from line a {LIVES} where {where}"


def no_line_since(tie: str) -> str:
    """Says that no other order has such a line since."""
    return (
        f"and not exists (select 1 from line l where l.customer_id = c.id and l.at > a.at and {counts('l')} "
        f"and l.order_id <> a.order_id and {tie})"
    )


def ordered(rule: str, days: int, more: str, column: str = "at", kind: str = "ordered") -> str:
    """Asks for orders of one day."""
    window = day(days).replace("a.at", f"a.{column}")
    recorded = "a.delivered_recorded_at" if kind == "delivered" else "a.recorded_at"
    anchor = f"'{kind}:' || a.id"
    where = f"a.shop_id = 1 and {window} and {recorded} <= {NOW} and {ALIVE} {more} and {fresh(rule, anchor)}"
    return f"select c.id, {anchor} from orders a {LIVES} where {where}"


NO_ORDER_SINCE = (
    f"and not exists (select 1 from orders o where o.customer_id = c.id and o.at > a.at and {counts('o')})"
)
KNOWN_REFUND = f"r.at <= {NOW} and r.recorded_at <= {NOW}"
PAID = f"o.total_minor - coalesce((select sum(amount_minor) from refund r where r.order_id = o.id and {KNOWN_REFUND}), 0)"


def many_orders(number: int, since: int | None = None) -> str:
    """Says that the customer has so many orders, which need be counted no further."""
    window = f" and o.at > {since}" if since else ""
    return f"(select count(*) {orders()}{window}) >= {number}"


def spent(minor: int, since: int | None = None) -> str:
    """Says that the customer has spent so much."""
    window = f" and o.at > {since}" if since else ""
    return f"(select sum({PAID}) {orders()}{window}) >= {minor}"


def branch(alias: str, number: int) -> str:
    """Says that a line's category is one of a department's six."""
    names = ", ".join(f"'dept{number}/leaf{one}'" for one in range(6))
    return f"{alias}.category in ({names})"


def leaf(name: str) -> str:
    """Says that a line's category is this one."""
    return f"a.category = '{name}'"


def since_same(name: str) -> str:
    """Says that nothing of the branch was bought since."""
    return no_line_since(f"(l.category = '{name}' or (l.category >= '{name}/' and l.category < '{name}0'))")


def anniversary(years: int) -> str:
    """Asks for first orders of one day some years ago."""
    lately = f"and exists (select 1 {orders('p')} and p.at > {clock(60)})"
    anchor = f"'anniversary:{years}'"
    window = f"a.at > {clock(1, years)} and a.at <= {clock(0, years)}"  # who ordered after ten is greeted the day after
    where = f"a.shop_id = 1 and {window} and {ALIVE} {FIRST} {lately} and {fresh('a-year', anchor)}"
    return f"select c.id, {anchor} from orders a {LIVES} where {where}"


REVIEW = (
    "and not exists (select 1 from refund r where r.customer_id = c.id and r.order_id = a.id "
    f"and r.at > a.delivered_at and {KNOWN_REFUND}) "
    "and (a.cancelled_at is null or a.cancelled_at <= a.delivered_at "
    f"or a.cancelled_at > {NOW} or a.cancelled_recorded_at > {NOW}) "
    "and not exists (select 1 from event e where e.customer_id = c.id and e.kind = 'complained' "
    f"and e.at > a.delivered_at and e.at <= {NOW} and e.recorded_at <= {NOW}) "
    f"and {many_orders(7)}"
)
CITIES = "c.city in ('Miasto 1', 'Miasto 2', 'Miasto 3')"
CONSENTS = f"""coalesce((select granted from consent_change k where k.customer_id = c.id and k.purpose = 'marketing'
 and k.at <= {NOW} and k.recorded_at <= {NOW} order by k.at desc, k.recorded_at desc, k.id desc limit 1), false)"""
FIRST = (
    "and not exists (select 1 from orders o where o.customer_id = c.id and o.at <= a.at "
    f"and {counts('o')} and (o.at < a.at or o.id < a.id))"
)
BIRTHDAY = f"""select c.id, 'birthday:2026' from customer c where c.birth_day = 610 and c.zone = 'Europe/Warsaw'
 and c.shop_id + 0 = 1 and c.erased_at is null and c.recorded_at <= {NOW} and {many_orders(7)}
 and {fresh("birthday", "'birthday:2026'")}"""
WELCOME = f"""select c.id, 'signed_up' from customer c where c.shop_id = 1 and c.zone = 'Europe/Warsaw'
 and {day(3).replace("a.at", "c.signed_up_at")} and c.recorded_at <= {NOW} and c.erased_at is null and {CITIES}
 and not exists (select 1 from orders o where o.customer_id = c.id and o.at > c.signed_up_at and {counts("o")})
 and {fresh("welcome-3", "'signed_up'")}"""
CROSS = (
    f"and not exists (select 1 from line l where l.customer_id = c.id and l.at > {clock(60)} "
    f"and {counts('l')} and {branch('l', 6)})"
)
SPENDS = f"and ({spent(90_000, clock(365))} or {many_orders(4, clock(365))})"

STATEMENTS: tuple[tuple[str, str], ...] = (
    ("refill-00", bought("refill-00", 30, leaf("dept0/leaf0"), since_same("dept0/leaf0"))),
    ("refill-11", bought("refill-11", 55, leaf("dept1/leaf1"), f"{no_line_since('l.product = a.product')} and {many_orders(4)}")),
    ("refill-20", bought("refill-20", 80, leaf("dept2/leaf0"), since_same("dept2/leaf0"))),
    ("refill-21", bought("refill-21", 80, leaf("dept2/leaf1") + " and a.quantity = 2", since_same("dept2/leaf1"))),
    ("refill-32", bought("refill-32", 110, leaf("dept3/leaf2"), since_same("dept3/leaf2"))),
    ("refill-33", bought("refill-33", 55, leaf("dept3/leaf3"), no_line_since("l.brand = a.brand"))),
    ("brand-7", bought("brand-7", 170, "a.brand = 'Brand 7'", no_line_since("l.brand = a.brand"))),
    ("dear-4", bought("dear-4", 30, branch("a", 4) + " and a.price_minor >= 19000", NO_ORDER_SINCE)),
    ("cross-5", bought("cross-5", 14, leaf("dept5/leaf5"), CROSS)),
    ("women-0", bought("women-0", 14, leaf("dept0/leaf2"), "and c.gender = 'female' and c.country = 'PL'")),
    ("away-180", ordered("away-180", 180, f"{NO_ORDER_SINCE} and {spent(260_000)}")),
    ("away-270", ordered("away-270", 270, f"{NO_ORDER_SINCE} and {many_orders(6)}")),
    ("first-21", ordered("first-21", 21, f"{FIRST} {NO_ORDER_SINCE} and {CITIES}")),
    ("large-7", ordered("large-7", 7, f"and a.total_minor >= 75000 {NO_ORDER_SINCE} and {CONSENTS}")),
    ("review-7", ordered("review-7", 7, REVIEW, "delivered_at", "delivered")),
    ("birthday", BIRTHDAY),
    ("a-year", anniversary(1)),
    ("a-year", anniversary(2)),
    ("welcome-3", WELCOME),
    ("either-45", bought("either-45", 45, leaf("dept7/leaf1"), SPENDS)),
    ("coupon-10", ordered("coupon-10", 10, f"and a.coupon = 'WIOSNA' {NO_ORDER_SINCE}")),
)  # fmt: skip


def find(cursor: Any) -> list[Row]:
    """Runs all of them and returns (rule, customer, anchor)."""
    found: list[Row] = []
    for rule, statement in STATEMENTS:
        cursor.execute(statement)
        found += [(rule, *row) for row in cursor.fetchall()]
    return found
