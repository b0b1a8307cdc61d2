"""What a customer has said until now, as mails are judged by it: one look into the ledger for many customers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.clock import instant, moment
from engine.consent.kinds import FREQUENCY, PAUSE, PENDING, PROFILING, RULE, SOFT, kind_of
from engine.prepared import prepared
from models import ConsentChange

DAY_MINUTES = 1440
# What a sale's mail may be about: it is begun by goods that the customer bought, so it is about goods like those.
OF_A_SALE = frozenset({"ordered", "bought", "delivered", "runs_out", "anniversary"})


@dataclass(frozen=True, slots=True)
class Word:
    """The latest word on one thing, as known at a moment."""

    granted: bool
    at: int
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """Fewer mails: at most so many in a sliding window of elapsed minutes, whatever their purpose."""

    at_most: int
    window_minutes: int
    purpose: None = None

    @property
    def words(self) -> str:
        """Writes the wish as policy.yaml writes a cap."""
        days = self.window_minutes // DAY_MINUTES
        return f"{self.at_most} per {days} day{'s' if days != 1 else ''}"


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for one customer: purposes, rules, and how often and from when on they want mail at all."""

    consents: frozenset[str] = frozenset()
    soft: frozenset[str] = frozenset()  # may be used for goods like those that were bought
    stopped: frozenset[str] = frozenset()  # rules
    paused_until_at: int | None = None  # None: mails may come
    wish: Wish | None = None
    objects: bool = False  # to profiling
    pending: frozenset[str] = frozenset()  # purposes that wait to be confirmed from the mailbox

    def agrees(self, purpose: str, kinds: Iterable[Any]) -> bool:
        """Says whether a mail of a purpose may go that is about facts of these kinds."""
        return purpose in self.consents or (purpose in self.soft and any(kind in OF_A_SALE for kind in kinds))


NOTHING_SAID = Standing()


def standings(customers: list[int], now: int) -> dict[int, Standing]:
    """Reads what each of the customers has said by `now`, as known then; whoever said nothing is left out."""
    words: dict[int, dict[str, Word]] = defaultdict(dict)
    for customer, purpose, granted, at, detail in _said(customers, now):
        words[customer][purpose] = Word(bool(granted), at, detail)
    return {customer: standing_of(said, now) for customer, said in words.items()}


@prepared
def _said(customers: Any, now: Any) -> Any:
    c = ConsentChange
    known = (c.at <= now) & (c.recorded_at <= now)
    query = c.select(c.customer, c.purpose, c.granted, c.at, c.detail).where(
        c.customer.in_(customers) & known
    )
    return query.order_by(c.at, c.recorded_at, c.id)


def standing_of(words: Mapping[str, Any], now: int) -> Standing:
    """Makes of somebody's latest words, by what they are about, what holds at `now`."""
    by_kind: dict[str, set[str]] = defaultdict(set)
    stopped = set()
    for purpose, word in words.items():
        kind, about = kind_of(purpose)
        if word.granted and (kind != PENDING or _in_time(word, now)):
            by_kind[kind].add(about)
        elif kind == RULE and not word.granted:
            stopped.add(about)
    return Standing(
        frozenset(by_kind[""]), frozenset(by_kind[SOFT]), frozenset(stopped), _pause(words.get(PAUSE), now),
        wish_of(words.get(FREQUENCY)), PROFILING in words and not words[PROFILING].granted,
        frozenset(by_kind[PENDING]),
    )  # fmt: skip


def _in_time(word: Any, now: int) -> bool:
    """Says that a consent may still be confirmed."""
    return not word.detail or bool(word.detail >= moment(now).isoformat(timespec="seconds"))


def _pause(word: Any, now: int) -> int | None:
    if word is None or not word.granted or not word.detail:
        return None
    until_at = instant(datetime.fromisoformat(word.detail))
    return until_at if until_at > now else None


def wish_of(word: Any) -> Wish | None:
    """Reads a wish as the ledger has it, `1 per 7 days`."""
    if word is None or not word.granted or not word.detail:
        return None
    at_most, _, days, _ = word.detail.split()
    return Wish(int(at_most), int(days) * DAY_MINUTES)
