"""One shop as a question sees it, and the cutting of customers into zones and pieces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from engine.config import Config, ShopConfig
from engine.matching.scope import Scope
from engine.prepared import prepared
from engine.rulebook.ast import Rule, Rulebook
from models import Customer, ZoneInUse

T = TypeVar("T")
CHUNK = 500


@dataclass(frozen=True, slots=True)
class View:
    """One shop as a tick sees it at `now`: with this rulebook, its rules acting since these moments."""

    config: Config
    shop: ShopConfig
    shop_id: int
    rulebook: Rulebook
    now: int
    since: Mapping[str, int] = field(default_factory=dict)  # rule -> acts on what falls due from then on
    postgresql: bool = False

    def scope(self, zone: str) -> Scope:
        """Returns the scope of questions about customers of one zone, now."""
        now, book = self.now, self.rulebook
        return Scope(self.config, self.shop, self.shop_id, zone, now, now, book, self.postgresql)

    def rules(self) -> list[Rule]:
        """Lists the rules that act in this shop, by id."""
        return [rule for rule in self.rulebook.for_shop(self.shop.shop) if rule.id in self.since]

    def zones(self) -> list[str]:
        """Lists the zones that customers of the shop live in."""
        return [zone for (zone,) in _zones_in_use(self.shop_id)]


@prepared
def _zones_in_use(shop: Any) -> Any:
    return ZoneInUse.select(ZoneInUse.zone).where(ZoneInUse.shop == shop).order_by(ZoneInUse.zone)


@prepared
def _living_where(customers: Any) -> Any:
    return Customer.select(Customer.id, Customer.zone).where(Customer.id.in_(customers))


def zones_of(customers: Iterable[int]) -> dict[int, str]:
    """Looks up the zone of some customers."""
    found: dict[int, str] = {}
    for chunk in chunks(sorted(customers)):
        found |= dict(_living_where(chunk))
    return found


def by_zone(customers: Iterable[int]) -> dict[str, list[int]]:
    """Sorts customers into the zones they live in."""
    groups: dict[str, list[int]] = defaultdict(list)
    for customer, zone in zones_of(customers).items():
        groups[zone].append(customer)
    return groups


def chunks(items: list[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Cuts a list so that no statement grows beyond what a database takes."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
