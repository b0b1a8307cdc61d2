"""From where a question is asked: which shop and zone, at which moment, with which knowledge."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from engine import calendar
from engine.config import Config, ShopConfig
from engine.rulebook.ast import Duration, Money, Rulebook


@dataclass(frozen=True, slots=True)
class Scope:
    """One shop, one zone, one moment: what turns a rule's words into constants of a query.

    `now` bounds when facts happened; `known` bounds when they were learned and what has been taken back since.
    They differ only where something learned late is asked as of the minute in which it was due.
    """

    config: Config
    shop: ShopConfig
    shop_id: int
    zone: str
    now: int
    known: int
    rulebook: Rulebook
    postgresql: bool = False
    customer: Any = field(
        default=None, compare=False
    )  # the customer table or alias that conditions are about

    def at(self, now: int) -> Scope:
        """Asks the same as of another moment, with the knowledge of today."""
        return replace(self, now=now)

    def back(self, window: Duration) -> int:
        """Returns the moment that lies so long before now."""
        return calendar.shift(self.now, -window.amount, window.unit, self.zone)

    def minor(self, money: Any) -> int:
        """Turns an amount of a rule into minor units of the shop's currency."""
        if not isinstance(money, Money):
            money = Money(Decimal(str(money)))
        converted = self.config.convert(money.amount, money.currency or self.shop.currency, self.shop)
        return int((converted * minor_factor(self.shop.currency)).quantize(Decimal(1), ROUND_HALF_UP))


def minor_factor(currency: str) -> int:
    """Returns how many minor units one unit of a currency has (ISO 4217, as CLDR tells)."""
    from babel.core import get_global

    fractions = get_global("currency_fractions")
    return int(10 ** fractions.get(currency, fractions["DEFAULT"])[0])
