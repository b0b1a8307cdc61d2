"""One customer as the server knew them at any moment: fields, zone, consents and facts."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Any

from engine.config import COUNTRY_ZONES
from engine.rehearsal.cases import Given
from engine.rulebook.ast import Duration
from tests.reference.facts import BEGINNING, Fact, Order, event_facts, learned_at, order_facts, orders_of
from tests.reference.moments import add, birthday_in, clock, wall

YEAR = Duration(1, "years")
ORDER_KINDS = ("ordered", "reinstated", "delivered", "cancelled", "refunded")
NO_FIELDS = ("id", "consent", "email", "signed_up")


class Knowledge:
    """What is known of a customer once so many things have been learned."""

    def __init__(self, items: list[Given], shop_zone: str, moved: list[Fact]) -> None:
        self.items, self.shop_zone, self.moved = items, shop_zone, moved

    @cached_property
    def orders(self) -> list[Order]:
        """The orders, void ones among them."""
        return orders_of(item for item in self.items if item.kind in ORDER_KINDS)

    @cached_property
    def facts(self) -> list[Fact]:
        """All facts but those that come round by themselves and our own messages."""
        others = [i for i in self.items if i.kind not in (*ORDER_KINDS, "customer", "consented", "withdrew")]
        return order_facts(self.orders) + event_facts(others) + self._consents + self._signed_up + self.moved

    def fields(self, now: int) -> dict[str, Any]:
        """The customer's fields as they were known at a moment; None where they are not."""
        found: dict[str, Any] = {}
        for item in self._said:
            if learned_at(item) <= now:
                attributes = {**found.get("attributes", {}), **item.keys.get("attributes", {})}
                found |= {k: v for k, v in item.keys.items() if k not in NO_FIELDS} | {
                    "attributes": attributes
                }
        return found

    def birthday(self, now: int) -> str | None:
        """The birthday: a changed one re-dates, as a changed zone does, so today's counts for every minute."""
        born: str | None = self.fields(now).get("birthday")
        return born

    @cached_property
    def _said(self) -> list[Given]:
        return sorted((item for item in self.items if item.kind == "customer"), key=learned_at)

    @property
    def known_since(self) -> int:
        """When the server first heard of the customer."""
        return min(learned_at(item) for item in self._said)

    @property
    def signed_up_at(self) -> int:
        """When the customer was first known."""
        return min(BEGINNING if item.at is None else item.at for item in self._said)

    def zone(self, now: int) -> str:
        """The customer's zone: said, else their country's, else the shop's."""
        fields = self.fields(now)
        return fields.get("timezone") or COUNTRY_ZONES.get(fields.get("country", ""), self.shop_zone)

    @property
    def email(self) -> str | None:
        """The address; None where there is none."""
        said = [item.keys["email"] for item in self._said if "email" in item.keys]
        return (
            None
            if said and said[-1] == "none"
            else said[-1]
            if said
            else f"{self._said[0].keys['id']}@example.com"
        )

    @cached_property
    def _consents(self) -> list[Fact]:
        """Each change of a consent: what only says again what holds already is none."""
        said = [(BEGINNING, learned_at(item), purpose, True) for item in self._said[:1]
                for purpose in item.keys.get("consent", ["marketing"])]  # fmt: skip
        said += [(i.at or 0, learned_at(i), i.keys["purpose"], i.kind == "consented")
                 for i in self.items if i.kind in ("consented", "withdrew")]  # fmt: skip
        found, holds = [], dict[str, bool]()
        for at, known, purpose, granted in sorted(said):
            if holds.get(purpose) != granted:
                holds[purpose] = granted
                kind = "consented" if granted else "withdrew"
                found.append(Fact(kind, at, known, (kind, purpose, at), {"purpose": purpose}))
        return found

    def consented(self, purpose: str, now: int) -> bool:
        """Says whether a consent holds."""
        changes = [f for f in self._consents if f.values["purpose"] == purpose and f.at <= now]
        return bool(changes) and changes[-1].kind == "consented"

    @cached_property
    def _signed_up(self) -> list[Fact]:
        return [Fact("signed_up", self.signed_up_at, self.known_since, ("signed_up",), {})]

    def birthdays(self, first: int, last: int, now: int) -> list[Fact]:
        """Every birthday of some years, at midnight."""
        born = self.birthday(now)
        if born is None:
            return []
        day, zone = date.fromisoformat(born), self.zone(now)
        known = min(learned_at(item) for item in self._said if item.keys.get("birthday") == born)
        return [Fact("birthday", clock(birthday_in(day, year), 0, zone), known, ("birthday", year),
                     {"years": year - day.year}) for year in range(max(first, day.year), last + 1)]  # fmt: skip

    def anniversaries(self, last: int, now: int) -> list[Fact]:
        """Every year after the first order, at its clock time."""
        standing = [order for order in self.orders if not order.void]
        if not standing:
            return []
        first, zone = standing[0], self.zone(now)
        return [Fact("anniversary", add(first.at, YEAR, zone, years), first.known_at,
                     ("anniversary", wall(first.at, zone).year + years), {"years": years})
                for years in range(1, last - wall(first.at, zone).year + 1)]  # fmt: skip
