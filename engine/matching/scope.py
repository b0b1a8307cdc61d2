"""From where a question is asked: which shop and zone, at which moment, with which knowledge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, cast

from engine import calendar
from engine.config import Config, ShopConfig
from engine.prepared import Slot
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

    def for_any_moment(self) -> Scope:
        """Returns the scope of a statement that is compiled once: each run is given its scope, then its values."""
        now, known = Slot(lambda run: run[0].now), Slot(lambda run: run[0].known)
        return replace(self, now=cast(int, now), known=cast(int, known))

    def worked_out(self, what: Callable[[Scope], Any]) -> Any:
        """Returns what is worked out from this scope, or from that of each run of a statement compiled once."""
        return Slot(lambda run: what(run[0])) if isinstance(self.now, Slot) else what(self)

    def back(self, window: Duration) -> Any:
        """Returns the moment that lies so long before now."""
        return self.worked_out(lambda s: calendar.shift(s.now, -window.amount, window.unit, s.zone))

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
