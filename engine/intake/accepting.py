"""What all resources share: who the shop is, what came of a request, and what the ticks must look at."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from engine import bulk
from engine.config import Config, ShopConfig
from engine.failpoint import failpoint
from engine.intake.reading import Reading, reading_for
from engine.intake.supplies import date_anew
from engine.store import Store
from models import Change, Line, Shop

REDATES = 0  # the `at` of a change that re-dates or un-happens what is long past
Changes = set[tuple[int, int]]  # (customer, at)


@dataclass(frozen=True, slots=True)
class Accepted:
    """How many items changed something, how many were repeats, and which was which, in the order sent."""

    outcomes: tuple[str, ...] = ()

    @property
    def accepted(self) -> int:
        """Counts what changed something."""
        return self.outcomes.count("accepted")

    @property
    def unchanged(self) -> int:
        """Counts what was known already."""
        return self.outcomes.count("unchanged")


@dataclass(slots=True)
class Intake:
    """One request being written: where, for whom, when, and what it makes visible."""

    store: Store
    config: Config
    shop: ShopConfig
    shop_id: int
    now: int
    history: bool
    changes: Changes
    moved: set[int] = field(default_factory=set)  # customers whose days are now counted in another zone
    unproven: int = 0  # consents that are kept and not used
    joined: list[tuple[int, int]] = field(default_factory=list)  # guests who turned out to be customers

    def learned(self, at: int) -> int:
        """Returns when something counts as learned: now, or when it happened if it is history."""
        return at if self.history else self.now

    @property
    def reading(self) -> Reading:
        """Returns what the reader must know."""
        return reading_for(self.config, self.shop, self.now)


def begin(store: Store, config: Config, shop: Shop, now: int, history: bool) -> Intake:
    """Prepares the writing of one request."""
    return Intake(store, config, config.shop(shop.key), shop.id, now, history, set())


def announce(intake: Intake) -> None:
    """Queues what became visible for the ticks; history has nothing to announce."""
    if intake.moved:
        mine = Line.customer.in_(sorted(intake.moved))
        intake.changes |= date_anew(intake.store, intake.shop_id, mine, intake.learned)
    if intake.history:
        return
    rows = [(intake.shop_id, customer, at, intake.now) for customer, at in sorted(intake.changes)]
    bulk.insert(intake.store, Change, ("shop_id", "customer_id", "at", "recorded_at"), rows)
    failpoint("intake.written")


# what was read from JSON holds no circles
_canonical = json.JSONEncoder(sort_keys=True, default=str, check_circular=False).encode


def digest_of(raw: Any) -> str:
    """Returns the fingerprint of an item as sent, whatever the order of its keys."""
    return hashlib.sha256(_canonical(raw).encode()).hexdigest()


def unique(values: Iterable[Any]) -> list[Any]:
    """Returns the values once each, None left out, in sorted order."""
    return sorted({value for value in values if value is not None})
