"""How fast mail may go to the mailboxes of each provider: token buckets in the store, which all senders share.

A bucket holds one minute's mails. What it holds follows from `full_at`, the moment at which it will be full again: each
mail moves that moment by the time between two mails. Mail about orders may take another minute's worth out of an empty
bucket, which the rest then waits for, so that no newsletter ever uses up what a thank-you needs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import structlog

from engine import bulk
from engine.clock import MINUTE, SECOND
from engine.config_sending import Pace as Configured
from engine.consent.bounce_kinds import status_codes
from engine.outbox.domains import GROUPS
from engine.store import Store
from models import Pace
from models.pace import WHOLE

log = structlog.get_logger()
HOLDS = MINUTE  # a bucket holds what may go in so long
UNLIMITED, IF_SLOWED = (
    1_000_000_000,
    6_000,
)  # mails a minute of a group without a pace, and what its slowing goes by
LEAST_SHARE = WHOLE // 100
SLOWED_ONCE_IN = MINUTE  # one bad minute is one halving, however many mails it puts off
REGAINED, REGAINED_IN = WHOLE // 20, 10 * MINUTE
FOR_NOW = re.compile(r"4\d\d\b", re.ASCII)
COLUMNS = ("full_at", "share", "slowed_at", "reply")


def slow_down_code(reply: str) -> str | None:
    """Returns the code by which a reply says that mail comes too fast (421, or 4.7.x), or None."""
    if not FOR_NOW.match(reply):
        return None
    return "421" if reply.startswith("421") else _too_fast(reply)


def closed_for_pace(reply: str) -> bool:
    """Says whether a receiver has closed a connection because mail comes too fast: on another it would only say so again.

    A bare 421 is no such thing: most say it to the mail that is one too many for one connection.
    """
    return reply.startswith("421") and _too_fast(reply) is not None


def _too_fast(reply: str) -> str | None:
    return next((code for code in status_codes(reply) if code.startswith("4.7.")), None)


@dataclass(slots=True)
class Bucket:
    """One group's bucket at `now`, which is cut to whole seconds: senders take some mails a second, not one at a time."""

    configured: int | None  # mails a minute
    now: int
    full_at: int = 0
    share: int = WHOLE
    slowed_at: int | None = None
    reply: str | None = None

    def __post_init__(self) -> None:
        self.now -= self.now % SECOND

    @property
    def limited(self) -> bool:
        """Says whether anything bounds this group now."""
        return self.configured is not None or self.present_share < WHOLE

    @property
    def present_share(self) -> int:
        """Returns which part of its pace the group has now, in thousandths: what was lost comes back with time."""
        elapsed = 0 if self.slowed_at is None else max(0, self.now - self.slowed_at)
        return min(WHOLE, self.share + elapsed * REGAINED // REGAINED_IN)

    @property
    def a_minute(self) -> float:
        """Returns the present pace in mails a minute."""
        return (self.configured or IF_SLOWED) * self.present_share / WHOLE if self.limited else UNLIMITED

    @property
    def _between(self) -> int:
        """Returns the time between two mails."""
        return MINUTE * WHOLE // ((self.configured or IF_SLOWED) * self.present_share)

    @property
    def _holds(self) -> int:
        return max(HOLDS, self._between)

    @property
    def _owed(self) -> int:
        """Returns the time until the bucket is full; never more than two fillings, even if the clock was set back."""
        return min(max(0, self.full_at - self.now), 2 * self._holds)

    @property
    def moving(self) -> bool:
        """Says whether mail went lately, so that what waits for this group only waits for its turn."""
        return self.limited and self.full_at > self.now

    def room(self, about_orders: bool) -> int:
        """Returns how many mails may go now; mail about orders has a minute's worth of its own beyond the bucket."""
        if not self.limited:
            return UNLIMITED
        return max(0, (2 if about_orders else 1) * self._holds - self._owed) // self._between

    def take(self, mails: int) -> None:
        """Takes room for so many mails; a negative number gives it back."""
        if self.limited:
            self.full_at = max(self.now, self.now + self._owed + mails * self._between)

    def halve(self, code: str) -> bool:
        """Halves the pace and empties the bucket, at most once a minute; says whether it did."""
        if self.slowed_at is not None and 0 <= self.now - self.slowed_at < SLOWED_ONCE_IN:
            return False
        self.share, self.slowed_at, self.reply = max(LEAST_SHARE, self.present_share // 2), self.now, code
        self.full_at = self.now + max(self._owed, self._holds)
        return True


@dataclass(slots=True)
class Buckets:
    """The buckets of all groups, in the caller's transaction; `keep` writes those that have changed."""

    of: dict[str, Bucket]
    kept: dict[str, tuple[object, ...]] = field(default_factory=dict)

    def take(self, groups: Mapping[str, int]) -> None:
        """Takes room for so many mails of each group, or gives it back."""
        for group, mails in groups.items():
            self.of[group].take(mails)

    def keep(self) -> None:
        """Writes what has changed."""
        for group, bucket in self.of.items():
            if self.kept.get(group) != _columns(bucket):
                new = dict(zip(COLUMNS, _columns(bucket), strict=True))
                Pace.update(new).where(Pace.domain_group == group).execute()


def _columns(bucket: Bucket) -> tuple[object, ...]:
    return bucket.full_at, bucket.share, bucket.slowed_at, bucket.reply


def read_buckets(pace: Configured, now: int, rows: Iterable[Pace] | None = None) -> dict[str, Bucket]:
    """Returns the bucket of every group as it stands at `now`."""
    found = {row.domain_group: row for row in (Pace.select() if rows is None else rows)}
    buckets = {}
    for group in GROUPS:
        row = found.get(group)
        kept = () if row is None else (row.full_at, row.share, row.slowed_at, row.reply)
        buckets[group] = Bucket(pace.a_minute(group), now, *kept)
    return buckets


def lock_buckets(store: Store, pace: Configured, now: int) -> Buckets:
    """Reads the buckets for whoever takes from them: other senders wait until the transaction ends.

    Rows are locked in order, and before any message, so that no two wait for one another.
    """
    query = Pace.select().order_by(Pace.domain_group)
    rows = list(query.for_update() if store.postgresql else query)
    if len(rows) < len(GROUPS):
        bulk.insert(
            store, Pace, ("domain_group", "full_at", "share"), [(g, 0, WHOLE) for g in GROUPS], ignore=True
        )
        rows = list(query.for_update() if store.postgresql else query)
    buckets = read_buckets(pace, now, rows)
    return Buckets(buckets, {group: _columns(bucket) for group, bucket in buckets.items()})


def give_back(store: Store, pace: Configured, groups: Mapping[str, int], now: int) -> None:
    """Gives back the room of mails that were claimed and did not go."""
    if groups:
        with store.transaction():
            buckets = lock_buckets(store, pace, now)
            buckets.take({group: -mails for group, mails in groups.items()})
            buckets.keep()


def slow_down(store: Store, pace: Configured, asked: Collection[tuple[str, str]], now: int) -> list[str]:
    """Halves the pace of groups whose providers asked for it, each as (group, code); returns those that were halved."""
    if not asked:
        return []
    with store.transaction():
        buckets = lock_buckets(store, pace, now)
        halved = [group for group, code in sorted(dict(asked).items()) if buckets.of[group].halve(code)]
        buckets.keep()
    for group in halved:
        bucket = buckets.of[group]
        log.warning("pace_halved", domain_group=group, reply=bucket.reply, a_minute=round(bucket.a_minute, 1))
    return halved
