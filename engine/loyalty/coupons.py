"""Coupons are issued to mails: one each, the same if asked again, from our own letters or from a pool."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from engine import bulk, calendar
from engine.loyalty.codes import code_for, folded
from engine.loyalty.pools import note_empty, take
from engine.store import Store
from models import Coupon

ATTEMPTS = 5
# One at a time for a shop: so a pool's code goes to one mail, and ids come in the order in which they can be seen.
LOCK = 0x5265_63


@dataclass(frozen=True, slots=True)
class Wanted:
    """One mail that promises a coupon: `valid` is the last day on which it may be used, in the customer's zone."""

    message: int
    token: str  # the mail's own secret
    shop: int
    customer: int
    rule: str
    percent: int
    valid: date
    zone: str
    pool: str | None = None


def issue(store: Store, wanted: Sequence[Wanted], key: bytes, now: int) -> dict[int, Coupon]:
    """Issues a coupon to each mail in one transaction and returns them by message; one without is not among them.

    A mail that has one keeps it. A mail lacks one only where its pool is empty, which is noted for the operator. Raises
    ValueError without a key, by which codes could be guessed.
    """
    if not key:
        raise ValueError("coupons need the home's key")
    return bulk.in_transaction(store, lambda: _issue(store, wanted, key, now)) if wanted else {}


def _issue(store: Store, wanted: Sequence[Wanted], key: bytes, now: int) -> dict[int, Coupon]:
    for shop in sorted({each.shop for each in wanted}):
        _lock(store, shop)
    found = coupons_of([each.message for each in wanted])
    new = [each for each in wanted if each.message not in found]
    codes = {**_generated(new, key), **_from_pools(new, now)}
    rows = [_row(each, codes[each.message], now) for each in new if each.message in codes]
    if rows:
        Coupon.insert_many(rows).execute()
        found |= coupons_of(codes)
    return found


def coupons_of(messages: Iterable[int]) -> dict[int, Coupon]:
    """Returns the coupons of some messages, by message."""
    keys = sorted(messages)
    return {row.message_id: row for row in Coupon.select().where(Coupon.message << keys)} if keys else {}


def _lock(store: Store, shop: int) -> None:
    if store.postgresql:
        bulk.run(store, "select pg_advisory_xact_lock(%s, %s)", (LOCK, shop))


def _generated(wanted: Iterable[Wanted], key: bytes) -> dict[int, str]:
    """Makes the codes of mails whose rule names no pool, none of which has been issued before."""
    found: dict[int, str] = {}
    left = [each for each in wanted if each.pool is None]
    for attempt in range(ATTEMPTS):
        codes = {each.message: code_for(key, each.token, attempt) for each in left}
        taken = {
            code
            for (code,) in Coupon.select(Coupon.folded).where(Coupon.folded << list(codes.values())).tuples()
        }
        found |= {message: code for message, code in codes.items() if code not in taken}
        left = [each for each in left if each.message not in found]
        if not left:
            return found
    raise AssertionError("eleven random letters are not taken five times over")


def _from_pools(wanted: Iterable[Wanted], now: int) -> dict[int, str]:
    found: dict[int, str] = {}
    by_pool: dict[tuple[int, str], list[int]] = {}
    for each in wanted:
        if each.pool is not None:
            by_pool.setdefault((each.shop, each.pool), []).append(each.message)
    for (shop, pool), messages in sorted(by_pool.items()):
        codes = take(shop, pool, len(messages))
        found |= dict(zip(messages, codes, strict=False))
        if len(codes) < len(messages):
            note_empty(shop, pool, now)
    return found


def _row(wanted: Wanted, code: str, now: int) -> Mapping[str, object]:
    ends = calendar.at_clock_time(wanted.valid + timedelta(days=1), 0, wanted.zone)
    return {
        "shop": wanted.shop, "code": code, "folded": folded(code), "pool": wanted.pool, "rule": wanted.rule,
        "message": wanted.message, "customer": wanted.customer, "percent": wanted.percent,
        "valid_until": wanted.valid.isoformat(), "expires_at": ends, "issued_at": now,
    }  # fmt: skip


def last_day(now: int, amount: int, unit: str, zone: str) -> date:
    """Returns the last day on which a coupon issued now is valid: it holds until the end of the local day."""
    return calendar.local(calendar.shift(now, amount, unit, zone), zone).date()
