"""How each rule fares: its health, since when it acts, and what it did in a stretch."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from peewee import fn

from engine.reports.numbers import ReasonCount, within
from engine.reports.stretch import Stretch
from engine.rulebook.ast import Rule, Rulebook
from engine.rulebook.publication import POLICY
from models import Cursor, Decision, Message, RuleState


@dataclass(frozen=True, slots=True)
class Fare:
    """One rule on its page: `rule` is what it says (None where only its state is known), `state` what it is."""

    id: str
    rule: Rule | None
    state: RuleState | None
    sent: int = 0
    counts: tuple[ReasonCount, ...] = field(default=())
    ticked_at: int | None = None  # the last minute of the shop that was gone through

    @property
    def asked_at(self) -> int | None:
        """Returns when it was asked last: every tick asks every rule that acts and is not paused."""
        acts = self.state is not None and self.state.active and not self.state.paused
        return (
            self.ticked_at if acts and self.state and (self.ticked_at or 0) >= self.state.since_at else None
        )

    @property
    def broken(self) -> bool:
        """Says whether its newest text could not be read."""
        return self.state is not None and self.state.health == "broken"

    @property
    def pausable(self) -> bool:
        """Says whether there is something to pause: the policy only stands here while it is broken."""
        return self.state is not None and self.id != POLICY

    @property
    def condition(self) -> str:
        """Returns one word for its badge: broken, paused, braked, off or running."""
        if self.broken:
            return "broken"
        if self.state is not None and self.state.paused:
            return "paused"
        if self.state is not None and self.state.active and self.state.braked_at is not None:
            return "braked"
        acting = self.state is not None and self.state.active
        return "running" if acting else "off"

    def total(self, outcome: str) -> int:
        """Sums up one outcome over its reasons."""
        return sum(count.count for count in self.counts if count.outcome == outcome)


def fares(shop_id: int, book: Rulebook, stretch: Stretch) -> list[Fare]:
    """Lists all rules of the rulebook and of the store, the broken first, then by id."""
    states = {state.rule: state for state in RuleState.select().where(RuleState.shop == shop_id)}
    sent, counts = _sent(shop_id, stretch), _counts(shop_id, stretch)
    cursor = Cursor.get_or_none(Cursor.shop == shop_id)
    ticked_at = None if cursor is None else cursor.ticked_at
    found = [
        Fare(
            id_, book.rules.get(id_), states.get(id_), sent.get(id_, 0), tuple(counts.get(id_, ())), ticked_at
        )
        for id_ in sorted({*book.rules, *states})
    ]
    shown = [fare for fare in found if fare.id != POLICY or fare.broken]
    return sorted(shown, key=lambda fare: not fare.broken)


def _sent(shop_id: int, stretch: Stretch) -> dict[str, int]:
    settled = (Message.settled_at >= stretch.start_at) & (Message.settled_at < stretch.end_at)
    rows = Message.select(Message.rule, fn.COUNT(Message.id)).where(
        (Message.shop == shop_id) & (Message.state == "sent") & settled
    )
    return dict(rows.group_by(Message.rule).tuples())


def _counts(shop_id: int, stretch: Stretch) -> dict[str, list[ReasonCount]]:
    """Counts decisions of all rules in one query; an anchor held twice for one reason counts twice here."""
    what = (Decision.rule, Decision.outcome, Decision.reason)
    rows = Decision.select(*what, fn.COUNT(Decision.id)).where(
        within(shop_id, stretch) & (Decision.outcome != "send")
    )
    found: dict[str, list[ReasonCount]] = defaultdict(list)
    for rule, outcome, reason, count in rows.group_by(*what).order_by(fn.COUNT(Decision.id).desc()).tuples():
        found[rule].append(ReasonCount(outcome, reason or "", count))
    return found


def last_decisions(shop_id: int, rule: str, limit: int = 20) -> list[Decision]:
    """Lists a rule's newest decisions with their customers."""
    rows = Decision.select().where((Decision.shop == shop_id) & (Decision.rule == rule))
    return list(rows.order_by(Decision.at.desc(), Decision.id.desc()).limit(limit))
