"""The lowest price of the last 30 days, which a shop of the EU must name beside a price that it calls reduced.

Directive 98/6/EC, article 6a (the "Omnibus" directive 2019/2161): the prior price is the lowest one applied in the 30 days before
the reduction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise

from engine import calendar
from models import PriceDay

DAYS = 30
AT_ONCE = 500
Told = tuple[str, int | None, int | None]  # day, lowest and last price of it


def lowest_in_30_days(products: Iterable[int], now: int, zone: str) -> dict[int, int]:
    """Returns the lowest price of each product, by the number of its row, in the 30 days before its price last fell, in
    minor units of the shop's currency; of a price that has not fallen, the lowest of the last 30 days, today's included.

    `zone` is the shop's: days are its own. A product of whose earlier prices nothing was kept is left out.
    """
    today = calendar.local(now, zone).date()
    lowest = {product: _lowest(days, today) for product, days in _told(products, today).items()}
    return {product: price for product, price in lowest.items() if price is not None}


def _told(products: Iterable[int], today: date) -> dict[int, list[Told]]:
    wanted, found = sorted(set(products)), defaultdict(list)
    for start in range(0, len(wanted), AT_ONCE):
        mine = PriceDay.product.in_(wanted[start : start + AT_ONCE]) & (PriceDay.day <= today.isoformat())
        columns = (PriceDay.product, PriceDay.day, PriceDay.lowest_minor, PriceDay.last_minor)
        for product, *told in PriceDay.select(*columns).where(mine).order_by(PriceDay.day).tuples():
            found[product].append(tuple(told))
    return found


def _lowest(days: Sequence[Told], today: date) -> int | None:
    fell_on = _last_fall(days)
    if fell_on is None:
        return _between(days, today - timedelta(days=DAYS), today + timedelta(days=1))
    day = date.fromisoformat(fell_on)
    return _between(days, day - timedelta(days=DAYS), day)


def _last_fall(days: Sequence[Told]) -> str | None:
    """Returns the latest day that ended with a lower price than the one before it."""
    falls = [
        later[0]
        for earlier, later in pairwise(days)
        if earlier[2] is not None and later[2] is not None and later[2] < earlier[2]
    ]
    return falls[-1] if falls else None


def _between(days: Sequence[Told], first: date, end: date) -> int | None:
    """Returns the lowest price from `first` up to `end`, which is left out: what was told, and what was in force before."""
    prices = [lowest for day, lowest, _ in days if first.isoformat() <= day < end.isoformat()]
    prices += [last for day, _, last in days if day < first.isoformat()][-1:]
    return min((price for price in prices if price is not None), default=None)
