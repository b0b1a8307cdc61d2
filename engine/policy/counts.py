"""Caps and groups counted: what is used up for an address, and when there is room again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.clock import MINUTE
from engine.consent.standing import Wish
from engine.policy.model import Candidate, Counted
from engine.rulebook.ast import Cap, Group, Policy

WISH = "the customer's wish"  # in place of a cap's purpose
SPANS = ((1440, "day"), (60, "hour"), (1, "minute"))


@dataclass(frozen=True, slots=True)
class Limit:
    """A cap or a group: at most so many messages of a kind in a sliding window."""

    words: str
    at_most: int
    window: int  # microseconds
    purpose: str | None = None
    rules: frozenset[str] | None = None  # a group's rules; None for a cap

    def concerns(self, rule: str, purpose: str) -> bool:
        """Says whether messages of a rule and purpose are counted and limited."""
        return rule in self.rules if self.rules is not None else self.purpose in (None, purpose)


@dataclass(frozen=True, slots=True)
class Room:
    """What caps and groups say of one candidate; waits are microseconds from now, 0 where there is room."""

    group_wait: int = 0
    cap_wait: int = 0
    opens_at: int | None = None  # when all of them have room, as far as is known now
    because_of: str | None = None  # the first that refuses, groups first, in written order
    taken_by: str | None = None


ROOM = Room()


def limits_of(policy: Policy) -> tuple[tuple[Limit, ...], tuple[Limit, ...]]:
    """Returns a policy's groups and its caps, each in written order."""
    groups = tuple(
        Limit(group_words(g), g.at_most, g.window_minutes * MINUTE, rules=frozenset(g.rules))
        for g in policy.groups
    )
    caps = tuple(Limit(cap_words(c), c.at_most, c.window_minutes * MINUTE, c.purpose) for c in policy.caps)
    return groups, caps


def with_wish(
    limits: tuple[tuple[Limit, ...], tuple[Limit, ...]], wish: Wish | None
) -> tuple[tuple[Limit, ...], tuple[Limit, ...]]:
    """Adds a customer's own cap to the policy's, as the last of them."""
    if wish is None:
        return limits
    return limits[0], (*limits[1], Limit(wish_words(wish), wish.at_most, wish.window_minutes * MINUTE))


def wish_words(wish: Wish) -> str:
    """Writes a customer's own cap so that nobody looks for it in policy.yaml."""
    return f"{WISH}: {wish.words}"


def longest_window_minutes(policy: Policy) -> int:
    """Returns how far back messages must be counted, in minutes; 0 where nothing is counted."""
    limits: list[Cap | Group] = [*policy.caps, *policy.groups]
    return max((limit.window_minutes for limit in limits), default=0)


def cap_words(cap: Cap) -> str:
    """Writes a cap as in policy.yaml: `1 per 3 days`, with its purpose before it where it has one."""
    words = f"{cap.at_most} per {_span(cap.window_minutes)}"
    return f"{cap.purpose}: {words}" if cap.purpose else words


def group_words(group: Group) -> str:
    """Writes a group with its name: `come-back: 1 per 60 days`."""
    return f"{group.name}: {group.at_most} per {_span(group.window_minutes)}"


def _span(minutes: int) -> str:
    size, unit = next((size, unit) for size, unit in SPANS if minutes % size == 0)
    amount = minutes // size
    return f"{amount} {unit}" if amount == 1 else f"{amount} {unit}s"


class Tally:
    """Counts for one customer's address in one minute; told of each accepted message, it counts anew.

    A message stamped after `now` counts too: the stretch that ends with it would hold this one as well.
    """

    def __init__(
        self,
        limits: tuple[tuple[Limit, ...], tuple[Limit, ...]],
        counted: Iterable[Counted],
        accepted: Sequence[Counted],
        now: int,
    ) -> None:
        self.groups, self.caps = limits
        self.now = now
        before = [m for m in counted if m.purpose != "transactional"]
        before.sort(key=lambda m: m.at)
        self.before, self.accepted = before, list(accepted)

    def accept(self, candidate: Candidate) -> None:
        """Counts a message that this minute lets go; transactional ones never count."""
        if not candidate.transactional:
            self.accepted.append(Counted(self.now, candidate.purpose, candidate.rule))

    def room(self, candidate: Candidate) -> Room:
        """Says whether every cap and group has room for the candidate, and if not, which has none and until when."""
        group, group_wait, group_opens = self._first_closed(self.groups, candidate)
        cap, cap_wait, cap_opens = self._first_closed(self.caps, candidate)
        first = group or cap
        if first is None:
            return ROOM
        return Room(group_wait, cap_wait, max(group_opens, cap_opens), first.words, self._taken_by(first))

    def opens_for(self, rule: str, purpose: str) -> int:
        """Returns when every cap and group has room for a mail of a rule, 0 where they have it now."""
        limits = [limit for limit in (*self.groups, *self.caps) if limit.concerns(rule, purpose)]
        opens_at = max(map(self._opens_at, limits), default=0)
        return opens_at if opens_at > self.now else 0

    def _first_closed(self, limits: tuple[Limit, ...], candidate: Candidate) -> tuple[Limit | None, int, int]:
        first, wait, opens_at = None, 0, 0
        for limit in limits:
            if limit.concerns(candidate.rule, candidate.purpose):
                opens = self._opens_at(limit)
                if opens > self.now:
                    first, opens_at = first or limit, max(opens_at, opens)
                    wait = opens_at - self.now
        return first, wait, opens_at

    def _opens_at(self, limit: Limit, spare: int = 0) -> int:
        """The N-th latest message leaves the window exactly one window after it; `spare` more may stand in it."""
        left = limit.at_most + spare
        for messages in (self.accepted, self.before):
            for message in reversed(messages):
                if limit.concerns(message.rule, message.purpose):
                    left -= 1
                    if left == 0:
                        return message.at + limit.window
        return 0

    def _taken_by(self, limit: Limit) -> str | None:
        """Names the last rule let go this minute, if there would be room without its message."""
        if self._opens_at(limit, spare=1) > self.now:
            return None
        return next((m.rule for m in reversed(self.accepted) if limit.concerns(m.rule, m.purpose)), None)
